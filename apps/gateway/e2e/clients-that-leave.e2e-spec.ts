import { eventually, faultProxy, type FaultProxy, freshDatabase, type FreshDatabase, type ProviderCall } from '@higress/testing';
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { type House, openHouse } from './open-house';

/** Whenever a client leaves, its provider is told within 2 s, and nothing of the call stays: no slot, no lease, no hold. */
describe('a client that leaves', () => {
  let house: House;
  let database: FreshDatabase;
  let postgres: FaultProxy;
  /** The `x-request-id` of the clients of one test. */
  let name: string;
  beforeAll(async () => {
    database = await freshDatabase();
    postgres = await faultProxy({ target: database.url });
    house = await openHouse({
      databaseUrl: postgres.url,
      tenant: { billing: 'prepaid', opening_credit_usd: '100' },
      file: ({ key }) => ({
        keys: [
          { tenant: 'acme', name: 'test', value: key, limits: { rpm: 100_000, tpm: 1_000_000_000, concurrent: 2 } },
          { tenant: 'acme', name: 'many', value: `${key}-many`, limits: { unlimited: true } },
        ],
      }),
      env: { GATEWAY_MAX_CONCURRENCY: '2', GATEWAY_QUEUE_TIMEOUT: '20' },
    });
  });
  afterAll(async () => {
    await house.close();
    await postgres.close();
    await database.drop();
  });
  beforeEach(() => {
    house.upstream.reset();
    name = randomUUID();
  });
  afterEach(async () => {
    await house.eventually('select 1 from holds', (rows) => rows.length === 0);
    expect(await house.sql(`select a.held_nano::text as held, (a.posted_nano = (select sum(amount_nano) from ledger_entries l where l.tenant_id = a.tenant_id)) as balances from accounts a join tenants t on t.id = a.tenant_id where t.name = 'acme'`)).toEqual([{ held: '0', balances: true }]);
    await eventually('every slot is free', async () => (await inflight()) === 0);
    // Both leases of the key are free as well.
    house.upstream.always({});
    const answers = await Promise.all([house.chat('Hi'), house.chat('Hi')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  const inflight = async () => Number(/^gateway_inflight_requests(?:\{[^}]*\})? (\d+)$/m.exec(await (await fetch(`${house.gateway.url}/metrics`)).text())?.[1]);
  const chat = (stream: boolean, signal?: AbortSignal, key = house.key) =>
    fetch(`${house.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-request-id': name },
      body: JSON.stringify({ model: 'fake', stream, max_tokens: 1_000_000, messages: [{ role: 'user', content: 'Hi' }] }),
      ...(signal && { signal }),
    });
  const rowsOfThose = (count: number) =>
    house.eventually<{ status: number; error_code: string | null; cost: string; output_tokens: number }>(
      `select status, error_code, cost_nano::text as cost, output_tokens::int from usage_records where client_request_id = '${name}'`,
      (rows) => rows.length === count,
    );
  const cancelledInTime = async (call: ProviderCall, leftAt: number) => {
    await call.ended;
    expect(call.aborted).toBe(true);
    expect((call.abortedAt as number) - leftAt).toBeLessThan(2000);
  };

  it.each([false, true])('before the first word of its answer (stream: %s) is charged nothing', async (stream) => {
    house.upstream.always({ hangs: true });
    const client = new AbortController();
    const answer = chat(stream, client.signal).catch(() => undefined);
    const call = await house.upstream.call(0);
    const leftAt = Date.now();
    client.abort();
    await answer;
    await cancelledInTime(call, leftAt);
    expect((await rowsOfThose(1))[0]).toEqual({ status: 499, error_code: null, cost: '0', output_tokens: 0 });
  });

  it('in the middle of a stream is charged for what came', async () => {
    house.upstream.always({ text: Array<string>(1000).fill('word '), chunkDelayMs: 10 });
    const client = new AbortController();
    const answer = await chat(true, client.signal);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    for (let i = 0; i < 5; i++) await reader.read();
    const leftAt = Date.now();
    client.abort();
    await cancelledInTime(await house.upstream.call(0), leftAt);
    const [row] = await rowsOfThose(1);
    expect(row).toMatchObject({ status: 499, error_code: null });
    expect(Number(row?.output_tokens)).toBeGreaterThanOrEqual(4);
    expect(Number(row?.cost)).toBeGreaterThan(0);
  });

  it('while it waits for a slot calls nobody, and takes no slot from those behind it', async () => {
    house.upstream.always({ hangs: true });
    const occupants = new AbortController();
    const running = [chat(false, occupants.signal), chat(false, occupants.signal)].map((answer) => answer.catch(() => undefined));
    await house.upstream.call(1);
    const impatient = new AbortController();
    const left = chat(false, impatient.signal, `${house.key}-many`).catch(() => undefined);
    await eventually('three calls were admitted', async () => (await house.post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] })).status === 429);
    impatient.abort();
    await left;
    await eventually('the gateway has heard of it', async () => (await inflight()) === 2);
    const behind = chat(false, undefined, `${house.key}-many`);
    house.upstream.always({});
    occupants.abort();
    await Promise.all(running);
    expect((await behind).status).toBe(200);
    expect(house.upstream.calls).toHaveLength(3);
    // Whoever left in the line has no row: no hold was placed for it, and no provider called.
    await rowsOfThose(3);
  });

  it('while its hold is placed calls nobody, and its hold goes back', async () => {
    postgres.set({ latencyMs: 400 });
    const client = new AbortController();
    const answer = chat(true, client.signal).catch(() => undefined);
    await eventually('the call waits for its hold', async () => (await inflight()) === 1);
    client.abort();
    await answer;
    await eventually('the slot is free', async () => (await inflight()) === 0);
    postgres.set({});
    expect(house.upstream.calls).toHaveLength(0);
    expect((await rowsOfThose(1))[0]).toMatchObject({ status: 499, cost: '0' });
  });

  it('with a second request pipelined behind the first leaves both', async () => {
    house.upstream.always({ text: Array<string>(5000).fill('word '.repeat(100)), chunkDelayMs: 1 });
    const body = JSON.stringify({ model: 'fake', stream: true, max_tokens: 1_000_000, messages: [{ role: 'user', content: 'Hi' }] });
    const request = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${house.key}\r\nContent-Type: application/json\r\nX-Request-Id: ${name}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(request + request));
    socket.on('error', () => undefined).resume();
    const calls = [await house.upstream.call(0), await house.upstream.call(1)];
    // The second answer waits for its turn until it may hold no more.
    await eventually('both are under way', () => calls.every(({ bytesSent }) => bytesSent > 300_000));
    const leftAt = Date.now();
    socket.destroy();
    for (const call of calls) await cancelledInTime(call, leftAt);
    await rowsOfThose(2);
  });

  it('with its request hardly sent is no fault of ours', async () => {
    const body = JSON.stringify({ model: 'fake', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] });
    const request = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${house.key}-many\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const leave = [(socket: Socket) => socket.destroy(), (socket: Socket) => socket.resetAndDestroy(), (socket: Socket) => socket.end()];
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const bytes = i % 2 === 0 ? request : request.slice(0, -5);
        const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(bytes, () => setImmediate(() => leave[i % 3]?.(socket))));
        socket.on('error', () => undefined).resume();
        await new Promise((resolve) => socket.on('close', resolve));
      }),
    );
  });

  it('leaves no trace of a fault of ours in the log', () => {
    expect(house.gateway.log()).not.toMatch(/MaxListeners|unhandled|TypeError|INTERNAL_ERROR|"level":"(error|fatal)"/i);
  });
});
