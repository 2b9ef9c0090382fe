import { inspect } from 'node:util';
import { DomainError, ERROR_TABLE, Secret } from '../index';

describe('DomainError', () => {
  it('takes its status and text from the table', () => {
    const error = new DomainError('RATE_LIMIT_RPM', { retryAfterMs: 1500 });
    expect(error).toMatchObject({ http: 429, source: 'client', message: ERROR_TABLE.RATE_LIMIT_RPM.text, retryAfterMs: 1500 });
  });

  it('blames the provider for what begins with UPSTREAM, and itself for the other 5xx', () => {
    expect(new DomainError('UPSTREAM_RATE_LIMITED').source).toBe('upstream');
    expect(new DomainError('OVERLOADED').source).toBe('gateway');
  });
});

describe('Secret', () => {
  it('hides from templates, JSON and inspection', () => {
    const secret = new Secret('sk-canary');
    expect([`${secret}`, JSON.stringify({ secret }), inspect(secret)].join()).not.toContain('canary');
    expect(secret.reveal()).toBe('sk-canary');
  });
});
