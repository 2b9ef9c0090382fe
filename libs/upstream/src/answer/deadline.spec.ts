import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Deadline } from './deadline';

/** Keeps this process from doing anything else. */
const sleepHeavily = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe('a deadline', () => {
  it('is noticed once, when it is due', async () => {
    const from = performance.now();
    let noticed = 0;
    await new Promise<void>((resolve) => new Deadline(() => (noticed++, resolve())).within(60));
    expect(performance.now() - from).toBeGreaterThanOrEqual(60);
    expect(noticed).toBe(1);
  });

  it('can be moved and taken back', async () => {
    const heard: string[] = [];
    const [moved, cleared] = [new Deadline(() => heard.push('moved')), new Deadline(() => heard.push('cleared'))];
    moved.within(20);
    cleared.within(20);
    moved.within(Infinity);
    cleared.clear();
    await new Promise<void>((resolve) => new Deadline(resolve).within(80));
    expect(heard).toEqual([]);
  });

  it('takes no pause of this process for a silence: what came meanwhile is read first', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [heard] = (await once(server, 'connection')) as [Socket];
    const outcome = new Promise<string>((resolve) => {
      const deadline = new Deadline(() => resolve('late'));
      heard.once('data', () => {
        deadline.clear();
        resolve('in time');
      });
      deadline.within(50);
    });
    client.write('x');
    sleepHeavily(200);
    const told = await outcome;
    client.destroy();
    server.close();
    expect(told).toBe('in time');
  });
});
