import { JOBS } from './jobs';
import { QUEUES } from './queue-names';

describe('the jobs', () => {
  it('have names of their own', () => {
    expect(new Set(JOBS.map((job) => job.name)).size).toBe(JOBS.length);
  });

  it.each(JOBS.map((job) => [job.name, job] as const))('%s lies in a known queue, is tried, and leaves bounded traces', (_name, job) => {
    expect(QUEUES).toContain(job.queue);
    expect(job.attempts).toBeGreaterThan(0);
    expect(job.options).toMatchObject({ attempts: job.attempts, removeOnComplete: { count: expect.any(Number) }, removeOnFail: { count: expect.any(Number) } });
  });
});
