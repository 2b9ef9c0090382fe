import { eventually, startGateway } from '@higress/testing';
import { execFileSync } from 'node:child_process';
import { type House, openHouse } from './open-house';

/** Several processes in one container: they share a port, are replaced when they die, and end together. */
describe('a gateway of two processes', () => {
  let house: House | undefined;
  afterEach(async () => {
    await house?.close();
    house = undefined;
  });

  const workers = ({ gateway }: House) =>
    execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .flatMap(([pid, parent]) => (pid && parent === gateway.pid ? [pid] : []));

  it('replaces one that is killed', async () => {
    house = await openHouse({ env: { GATEWAY_WORKERS: '2' } });
    await eventually('both run', () => workers(house as House).length === 2);
    const [first] = workers(house);
    process.kill(first as number, 'SIGKILL');
    await eventually('another has taken its place', () => workers(house as House).length === 2 && !workers(house as House).includes(first as number), 10_000);
    // A kept connection to the dead one fails first.
    await eventually('both serve', async () => (await (house as House).chat('Hi')).status === 200);
  }, 60_000);

  it('finishes what it streams when a terminal interrupts all of its processes', async () => {
    house = await openHouse({ env: { GATEWAY_WORKERS: '2' } });
    house.upstream.next({ text: Array<string>(50).fill('word '), chunkDelayMs: 20 });
    const answer = await house.chat('Hi', { stream: true });
    for (const pid of [house.gateway.pid, ...workers(house)]) process.kill(pid, 'SIGINT');
    expect((await answer.text()).endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await house.gateway.exited).toEqual({ code: 0, signal: null });
  }, 60_000);

  it('ends at once where its file is not valid', async () => {
    const broken = await startGateway({ DATABASE_URL: 'postgres://127.0.0.1:9/none', REDIS_URL: 'redis://127.0.0.1:9', GATEWAY_WORKERS: '2', GATEWAY_CONFIG: '/nowhere/gateway.yaml' }, { until: 'none' });
    expect(await broken.exited).toEqual({ code: 1, signal: null });
    expect(broken.log()).toContain('/nowhere/gateway.yaml');
  }, 60_000);
});
