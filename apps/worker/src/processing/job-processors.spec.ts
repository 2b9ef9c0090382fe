import { cleanup, heartbeat, JOBS, openJob, sealJob } from '@higress/queues';
import { UnrecoverableError } from 'bullmq';
import type { JobProcessor } from './job-processor';
import { JobProcessors } from './job-processors';

describe('the processors of a worker', () => {
  const done: object[] = [];
  const beat: JobProcessor = { contract: heartbeat, run: async (payload) => void done.push(payload as object) };

  it('name every job of its queues that has none', () => {
    expect(() => new JobProcessors([beat], ['default', 'billing'])).toThrow('no processor for: cleanup (default), orphan-reap (billing), reconcile (billing)');
  });

  it('need none for the jobs of other queues', () => {
    expect(() => new JobProcessors([], ['external', 'retry'])).not.toThrow();
    expect(() => new JobProcessors([beat, { ...beat, contract: cleanup }], ['default'])).not.toThrow();
  });

  it('are one for each job', () => {
    expect(() => new JobProcessors([beat, beat], [])).toThrow('two processors');
  });

  it('get a payload that was checked', async () => {
    const processors = new JobProcessors([beat], []);
    await processors.process({ name: 'heartbeat', data: sealJob(heartbeat, {}) });
    expect(done).toEqual([{}]);
    await expect(processors.process({ name: 'heartbeat', data: { version: 99, payload: {} } })).rejects.toBeInstanceOf(UnrecoverableError);
    await expect(processors.process({ name: 'unheard-of', data: {} })).rejects.toThrow('no processor for unheard-of');
    expect(() => openJob(heartbeat, {})).toThrow(UnrecoverableError);
    expect(JOBS.length).toBeGreaterThan(0);
  });
});
