import { CheckFailed } from './check-failed';
import { httpStatusOf, Readiness } from './readiness';

describe('readiness', () => {
  const parts = { one: true, two: true };
  const check = (name: keyof typeof parts) => async () => {
    if (!parts[name]) throw Object.assign(new Error('connect ECONNREFUSED db.internal:5432'), { code: 'ECONNREFUSED' });
  };
  const open = () => new Readiness({ one: check('one'), two: check('two') });

  beforeEach(() => Object.assign(parts, { one: true, two: true }));

  it('is starting, with 503, until everything was well at the same time', async () => {
    const readiness = open();
    parts.two = false;
    expect(await readiness.report()).toMatchObject({ status: 'starting', checks: { one: { status: 'up' }, two: { status: 'down' } } });
    parts.two = true;
    parts.one = false;
    expect(httpStatusOf(await readiness.report())).toBe(503);
    parts.one = true;
    const report = await readiness.report();
    expect(report.status).toBe('ok');
    expect(httpStatusOf(report)).toBe(200);
    expect(report.checks.one?.latency_ms).toBeGreaterThanOrEqual(0);
  });

  it('serves on, degraded, when a part is lost later, unless asked strictly', async () => {
    const readiness = open();
    await readiness.report();
    parts.one = false;
    const report = await readiness.report();
    expect(report.status).toBe('degraded');
    expect([httpStatusOf(report), httpStatusOf(report, true)]).toEqual([200, 503]);
  });

  it('is stopping, with 503, from stop() on, however well all is', async () => {
    const readiness = open();
    await readiness.report();
    readiness.stop();
    const report = await readiness.report();
    expect(report.status).toBe('stopping');
    expect(httpStatusOf(report)).toBe(503);
  });

  it('shows the code of what failed and never its text', async () => {
    parts.one = false;
    const report = await open().report();
    expect(report.checks.one?.detail).toEqual({ reason: 'ECONNREFUSED' });
    expect(JSON.stringify(report)).not.toContain('db.internal');
  });

  it('shows all that a check says for the public', async () => {
    const readiness = new Readiness({ ok: async () => ({ workers: 2 }), bad: async () => Promise.reject(new CheckFailed('migrations are missing', { missing: 1 })) });
    expect((await readiness.report()).checks).toMatchObject({ ok: { status: 'up', detail: { workers: 2 } }, bad: { status: 'down', detail: { reason: 'migrations are missing', missing: 1 } } });
  });

  it('waits a second for a check that hangs, and runs it once for all who ask', async () => {
    let runs = 0;
    const readiness = new Readiness({ hangs: () => new Promise(() => void (runs += 1)) });
    const before = performance.now();
    const reports = await Promise.all([readiness.report(), readiness.report(), readiness.report()]);
    expect(performance.now() - before).toBeLessThan(1500);
    expect(reports.map((report) => report.checks.hangs?.detail)).toEqual(Array(3).fill({ reason: 'took over 1000 ms' }));
    expect(runs).toBe(1);
  });
});
