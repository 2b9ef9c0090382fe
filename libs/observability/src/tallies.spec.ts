import { Registry } from 'prom-client';
import { TallyCounter, TallyHistogram } from './tallies';

describe('tallies', () => {
  it('show what was added, whenever they are read', async () => {
    const registry = new Registry();
    const counter = new TallyCounter({ name: 'calls_total', help: 'Calls.', labelNames: ['status'], registers: [registry] });
    const ok = counter.tally({ status: '200' });
    ok.inc();
    expect(await registry.metrics()).toContain('calls_total{status="200"} 1\n');
    ok.inc(2.5);
    counter.tally({ status: '200' }).inc();
    expect(await registry.metrics()).toContain('calls_total{status="200"} 4.5\n');
  });

  it('show a child that was never moved in no line', async () => {
    const registry = new Registry();
    new TallyCounter({ name: 'calls_total', help: 'Calls.', labelNames: ['status'], registers: [registry] }).tally({ status: '500' });
    expect(await registry.metrics()).not.toContain('500');
  });

  it('count each value once, in the least bucket that holds it, and add the buckets up', async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ project: 'p' });
    const seconds = new TallyHistogram<'model'>({ name: 'seconds', help: 'Seconds.', buckets: [0.1, 1], registry });
    const child = seconds.of({ model: 'm' });
    expect(seconds.of({ model: 'm' })).toBe(child);
    for (const value of [0.05, 0.1, 0.5, 7]) child.observe(value);
    const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines).toEqual([
      'seconds_bucket{model="m",le="0.1",project="p"} 2',
      'seconds_bucket{model="m",le="1",project="p"} 3',
      'seconds_bucket{model="m",le="+Inf",project="p"} 4',
      'seconds_sum{model="m",project="p"} 7.65',
      'seconds_count{model="m",project="p"} 4',
    ]);
  });
});
