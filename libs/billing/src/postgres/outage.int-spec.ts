import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '@higress/kernel';
import { createDataSource, migrateUp } from '@higress/database';
import { eventually, faultProxy, type StoreServer, startPostgresServer } from '@higress/testing';
import { type Book, openBook } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';

let server: StoreServer;
let book: Book;
beforeAll(async () => {
  server = await startPostgresServer();
  await migrateUp(createDataSource({ url: server.url, name: 'spec', poolSize: 1, statementTimeoutMs: 60_000 }));
  book = openBook({ url: server.url, drop: () => server.stop() });
}, 60_000);
afterAll(() => book.close());

const refusal = (placed: Promise<void>) => placed.then(() => null, (error: unknown) => error as DomainError);

describe.each([
  ['stopped', () => server.stop(), () => server.start()],
  ['killed', () => server.kill(), () => server.start()],
  ['frozen', () => Promise.resolve(server.pause()), () => Promise.resolve(server.resume())],
])('while Postgres is %s', (_, takeAway, bringBack) => {
  it('prepaid calls are refused, others go on, and everything is charged once when it is back', async () => {
    const [prepaid, postpaid] = [await book.tenant('prepaid', 1_000n), await book.tenant('postpaid')];
    const dataSource = await createDataSource({ url: server.url, name: 'pod', poolSize: 4, statementTimeoutMs: 3_000 }).initialize();
    const pod = book.pod({ sql: dataSource, holdWaitMs: 500, maxSettlesInMemory: 20 });
    const running = aHold(prepaid, 100n);
    await pod.holds.place(running);

    await takeAway();
    const first = performance.now();
    expect(await refusal(pod.holds.place(aHold(prepaid, 100n)))).toMatchObject({ code: 'BILLING_UNAVAILABLE', retryAfterMs: 2_000 });
    expect(performance.now() - first).toBeLessThan(1_000);
    const second = performance.now();
    expect(await refusal(pod.holds.place(aHold(prepaid, 100n)))).toMatchObject({ code: 'BILLING_UNAVAILABLE' });
    expect(performance.now() - second).toBeLessThan(50);
    const others = Array.from({ length: 200 }, () => aHold(postpaid, 0n, 'postpaid'));
    for (const hold of others) {
      pod.holds.intend(hold);
      await pod.settler.settle(anAnswer(hold, 1n));
    }
    await pod.settler.settle(anAnswer(running, 60n));
    expect(pod.settler.pendingBytes).toBeGreaterThan(40_000);

    await bringBack();
    const back = performance.now();
    await eventually('prepaid calls are taken again', async () => (await refusal(pod.holds.place(aHold(prepaid, 1n)))) === null, 5_000);
    expect(performance.now() - back).toBeLessThan(5_000);
    await pod.idle();
    expect(await book.differences()).toEqual([]);
    expect((await book.account(prepaid)).posted).toBe(940n);
    expect(await book.account(postpaid)).toEqual({ posted: -200n, held: 0n });
    await pod.stop(1_000);
    await dataSource.destroy();
  }, 30_000);
});

it('a pod that is cut off goes on within 5 s of the cable', async () => {
  const tenant = await book.tenant('prepaid', 1_000n);
  const cable = await faultProxy({ target: server.url });
  const dataSource = await createDataSource({ url: cable.url, name: 'pod', poolSize: 4, statementTimeoutMs: 3_000 }).initialize();
  const pod = book.pod({ sql: dataSource, holdWaitMs: 500 });
  const running = aHold(tenant, 100n);
  await pod.holds.place(running);
  cable.set({ blackHole: true });
  await pod.settler.settle(anAnswer(running, 60n));
  expect(await refusal(pod.holds.place(aHold(tenant, 100n)))).toMatchObject({ code: 'BILLING_UNAVAILABLE' });
  await pause(4_000);
  cable.set({});
  const back = performance.now();
  await eventually('prepaid calls are taken again', async () => (await refusal(pod.holds.place(aHold(tenant, 1n)))) === null, 10_000);
  expect(performance.now() - back).toBeLessThan(5_000);
  await pod.idle();
  expect((await book.account(tenant)).posted).toBe(940n);
  expect(await book.differences()).toEqual([]);
  await pod.stop(1_000);
  await dataSource.destroy();
  await cable.close();
}, 30_000);

it('a hold that came to be although its caller was refused is given back', async () => {
  const tenant = await book.tenant('prepaid', 1_000n);
  const pod = book.pod({ holdWaitMs: 200, prolongMs: 50 });
  const blocker = await book.pool.connect();
  await blocker.query('begin');
  await blocker.query('select from accounts where tenant_id = $1 for update', [tenant]);
  expect(await refusal(pod.holds.place(aHold(tenant, 100n)))).toMatchObject({ code: 'BILLING_UNAVAILABLE' });
  await blocker.query('commit');
  blocker.release();
  await eventually('the hold is gone again', async () => (await book.account(tenant)).held === 0n && (await book.rows('select from holds where tenant_id = $1', [tenant])).length === 0);
  expect(await book.rows('select from usage_records where tenant_id = $1', [tenant])).toEqual([]);
});

it('a pod that has been without Postgres for thousands of calls remembers only those that run', async () => {
  const away = { query: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })) };
  const pod = book.pod({ sql: away, maxSettlesInMemory: 100 });
  for (let i = 0; i < 5_000; i++) {
    const hold = aHold('01a205a4-be0f-79d6-8c19-ea5017bc08fd', 0n, 'postpaid');
    pod.holds.intend(hold);
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (i % 100 !== 0) await pod.settler.settle(anAnswer(hold, 1n));
  }
  expect(pod.holds.unsent).toBeLessThan(700);
  await pod.stop(0);
});
