import { JOBS, sealJob } from '@higress/queues';
import { SCHEDULE } from './schedule';

describe('the schedule', () => {
  it('names each task once', () => {
    const names = SCHEDULE.map((task) => task.contract.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(SCHEDULE.map((task) => [task.contract.name, task] as const))('%s is a job that workers know, and needs no payload', (_name, { contract }) => {
    expect(JOBS).toContain(contract);
    expect(sealJob(contract, {})).toEqual({ version: contract.version, payload: {} });
  });

  it('keeps the times that operators were promised', () => {
    expect(Object.fromEntries(SCHEDULE.map(({ contract, rhythm }) => [contract.name, 'every' in rhythm ? rhythm.every / 1000 : rhythm.pattern]))).toEqual({
      heartbeat: 60,
      'orphan-reap': 30,
      reconcile: 300,
      'budget-reset': 300,
      'usage-rollup-hourly': '0 * * * *',
      'usage-rollup-daily': '5 0 * * *',
      cleanup: '0 0 * * *',
    });
  });
});
