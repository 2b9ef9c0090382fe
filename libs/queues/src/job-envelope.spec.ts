import { UnrecoverableError } from 'bullmq';
import { z } from 'zod';
import { defineJob } from './define-job';
import { openJob, sealJob } from './job-envelope';

const greet = defineJob({ name: 'greet', queue: 'default', version: 2, payload: z.strictObject({ name: z.string() }), attempts: 1, backoffMs: 10 });

describe('the envelope of a job', () => {
  it('gives the processor what the producer put in', () => {
    expect(openJob(greet, JSON.parse(JSON.stringify(sealJob(greet, { name: 'Ada' }))))).toEqual({ name: 'Ada' });
  });

  it('refuses to seal a payload that does not fit', () => {
    expect(() => sealJob(greet, { name: 7 } as never)).toThrow(z.ZodError);
    expect(() => sealJob(greet, { name: 'Ada', extra: 1 } as never)).toThrow(z.ZodError);
  });

  it('fails for good, with the reason, what this version cannot read', () => {
    expect(() => openJob(greet, { version: 3, payload: { name: 'Ada' } })).toThrow(new UnrecoverableError('greet: version 3 is not known here, only 2'));
    expect(() => openJob(greet, { version: 2, payload: { name: 7 } })).toThrow(UnrecoverableError);
    expect(() => openJob(greet, 'hello')).toThrow(new UnrecoverableError('greet: this is not a job of ours'));
  });

  it('names the fields at fault and never their values', () => {
    expect(() => openJob(greet, { version: 2, payload: { name: 4711 } })).toThrow(/name \(invalid_type\)$/);
  });
});
