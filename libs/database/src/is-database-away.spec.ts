import { QueryFailedError } from 'typeorm';
import { isDatabaseAway } from './is-database-away';

const withCode = (code: string, message = 'no') => Object.assign(new Error(message), { code });

describe('isDatabaseAway', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', '57P01', '57P03', '08006', '08001', '25006', '53300', '53100', '58030', '57014', '55P03'])('says yes to %s', (code) => {
    expect(isDatabaseAway(withCode(code))).toBe(true);
    expect(isDatabaseAway(new QueryFailedError('select 1', [], withCode(code)))).toBe(true);
    expect(isDatabaseAway(new Error('placing holds failed', { cause: withCode(code) }))).toBe(true);
  });

  it.each(['Connection terminated unexpectedly', 'Connection terminated due to connection timeout', 'timeout exceeded when trying to connect', 'Query read timeout', 'Client has encountered a connection error and is not queryable'])('says yes to “%s”', (text) => {
    expect(isDatabaseAway(new Error(text))).toBe(true);
    expect(isDatabaseAway(new QueryFailedError('select 1', [], new Error(text)))).toBe(true);
  });

  it.each(['23505', '42P01', '22P02', '40001', '3D000', '28P01'])('says no to %s, which is a mistake or a conflict', (code) => {
    expect(isDatabaseAway(new QueryFailedError('select 1', [], withCode(code, 'Connection terminated')))).toBe(false);
  });

  it.each([null, undefined, 'Query read timeout', new TypeError('x is not a function')])('says no to %p', (thing) => {
    expect(isDatabaseAway(thing)).toBe(false);
  });

  it('ends on an error that is its own cause', () => {
    const error = new Error('round and round');
    error.cause = error;
    expect(isDatabaseAway(error)).toBe(false);
  });
});
