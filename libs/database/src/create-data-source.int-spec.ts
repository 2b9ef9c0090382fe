import { connect, createServer, type Server, type Socket } from 'node:net';
import type { DataSource } from 'typeorm';
import { createDataSource } from './create-data-source';
import { scratchDatabase, type ScratchDatabase } from './fixtures/scratch-database';
import { isDatabaseAway } from './is-database-away';

/** A TCP way to Postgres that can go silent: it then takes bytes and passes none on, old connections and new ones alike. */
async function silenceable(target: URL, port = 0): Promise<{ url: string; silent: boolean; close(): void }> {
  const sockets = new Set<Socket>();
  const proxy = { url: '', silent: false, close: () => void (server.close(), sockets.forEach((socket) => socket.destroy())) };
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.on('data', (bytes) => proxy.silent || to.write(bytes));
    }
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  const address = server.address() as { port: number };
  const url = new URL(target);
  url.port = String(address.port);
  proxy.url = url.href;
  return proxy;
}

describe('a data source', () => {
  let scratch: ScratchDatabase;
  let database: DataSource;
  const lost: Error[] = [];

  beforeEach(async () => {
    lost.length = 0;
    scratch = await scratchDatabase(process.env['TEST_DATABASE_URL'] as string);
    database = await scratch.open({ name: 'gateway-7', poolSize: 3, statementTimeoutMs: 400, onConnectionLost: (error) => lost.push(error) });
  });
  afterEach(() => scratch.close());

  const one = (on = database) => on.query<{ one: number }[]>('select 1 as one');
  const pid = async (on = database) => (await on.query<{ pid: number }[]>('select pg_backend_pid() as pid'))[0]?.pid;
  const failure = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, (error: unknown) => error);

  it('names itself and bounds every wait on the server', async () => {
    const [shown] = await database.query(`select current_setting('application_name') as name, current_setting('statement_timeout') as statement,
      current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`);
    expect(shown).toEqual({ name: 'gateway-7', statement: '400ms', lock: '200ms', idle: '10s' });
  });

  it('goes on by itself after its backends are terminated, idle ones and busy ones', async () => {
    await Promise.all([one(), one(), one()]);
    const sleeper = failure(database.query('select pg_sleep(10)'));
    await scratch.admin(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gateway-7'`);
    expect(isDatabaseAway(await sleeper)).toBe(true);
    const started = Date.now();
    for (let error = await failure(one()); error; error = await failure(one())) expect(isDatabaseAway(error)).toBe(true);
    expect(Date.now() - started).toBeLessThan(1_000);
    while (lost.length === 0) await new Promise((turn) => setImmediate(turn)); // the pool hears of idle ones by and by
  });

  it('rolls back and goes on when a connection is lost between two statements of a transaction', async () => {
    const error = await failure(
      database.transaction(async (manager) => {
        const [backend] = await manager.query<{ pid: number }[]>('select pg_backend_pid() as pid');
        await scratch.admin('select pg_terminate_backend($1, 5000)', [backend?.pid]);
        await manager.query('select 1');
      }),
    );
    expect(isDatabaseAway(error)).toBe(true);
    expect(await one()).toEqual([{ one: 1 }]);
  });

  it('drops the connection to a server that answers nothing, and is back at once when another answers', async () => {
    const proxy = await silenceable(new URL(scratch.url));
    const pool = await scratch.open({ url: proxy.url, name: 'silent', poolSize: 1, statementTimeoutMs: 200, connectTimeoutMs: 300 });
    const before = await pid(pool);
    proxy.silent = true;
    const started = Date.now();
    expect(await failure(one(pool))).toMatchObject({ message: 'Query read timeout' });
    expect(isDatabaseAway(await failure(one(pool)))).toBe(true);
    expect(Date.now() - started).toBeLessThan(2_000);
    proxy.silent = false;
    expect(await pid(pool)).not.toBe(before);
    await pool.destroy();
    proxy.close();
  });

  it('drops the connection to a server that has become read-only', async () => {
    await database.query('create table notes (text text)');
    const pool = await scratch.open({ name: 'demoted', poolSize: 1 });
    const before = await pid(pool);
    await pool.query('set default_transaction_read_only = on');
    const refused = await failure(pool.query(`insert into notes values ('lost?')`));
    expect(refused).toMatchObject({ code: '25006' });
    expect(isDatabaseAway(refused)).toBe(true);
    await pool.query(`insert into notes values ('kept')`);
    expect(await pid(pool)).not.toBe(before);
  });

  it('keeps its connection over a mistake', async () => {
    const pool = await scratch.open({ poolSize: 1 });
    const before = await pid(pool);
    expect(isDatabaseAway(await failure(pool.query('select nonsense')))).toBe(false);
    expect(await pid(pool)).toBe(before);
  });

  it('gives up on a full pool, on a lock and on a long statement', async () => {
    const full = await scratch.open({ poolSize: 1, connectTimeoutMs: 100, statementTimeoutMs: 300 });
    const slow = failure(full.query('select pg_sleep(10)'));
    const crowded = await failure(one(full));
    expect(crowded).toMatchObject({ message: 'timeout exceeded when trying to connect' });
    expect(await slow).toMatchObject({ code: '57014' });
    await database.query('create table t ()');
    const holder = (await scratch.open()).createQueryRunner();
    await holder.startTransaction();
    await holder.query('lock table t');
    expect(await failure(database.query('select * from t'))).toMatchObject({ code: '55P03' });
    await holder.rollbackTransaction();
  });

  it('cannot be opened while nothing listens, and can when something does', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    await new Promise((closed) => server.close(closed));
    const url = new URL(scratch.url);
    url.port = String(port);
    const pool = createDataSource({ url: url.href, name: 'early', poolSize: 1, statementTimeoutMs: 400 });
    expect(isDatabaseAway(await failure(pool.initialize()))).toBe(true);
    const proxy = await silenceable(new URL(scratch.url), port);
    await pool.initialize();
    expect(await one(pool)).toEqual([{ one: 1 }]);
    await pool.destroy();
    proxy.close();
  });

  it('tells statements to a listener, without their parameters', async () => {
    const heard: string[] = [];
    const pool = await scratch.open({ onStatement: (sql) => heard.push(sql) });
    await pool.query('select $1::text as password', ['hunter2']);
    expect(heard).toContain('select $1::text as password');
    expect(heard.join()).not.toContain('hunter2');
  });
});
