import { randomUUID } from 'node:crypto';
import { startGateway } from '@higress/testing';
import { Client } from 'pg';
import { type House, openHouse } from './open-house';

const asked = { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] };
const streamed = { ...asked, stream: true };
const CHAT = '/v1/chat/completions';

/** A request that carries an idempotency key is answered and charged once, on whichever pod and however often it comes. */
describe('an idempotency key', () => {
  let house: House;
  const other = `sk-other-${randomUUID()}`;
  beforeAll(async () => {
    house = await openHouse({
      gateways: 2,
      file: ({ key }) => ({
        tenants: ['acme', 'globex'].map((name) => ({ name, billing: 'prepaid', opening_credit_usd: '10', limits: { unlimited: true } })),
        keys: [{ tenant: 'acme', name: 'test', value: key, limits: { unlimited: true } }, { tenant: 'globex', name: 'test', value: other, limits: { unlimited: true } }],
      }),
    });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  const send = (body: object, key: string, pod = 0, headers: Record<string, string> = {}, path = CHAT) => house.post(path, body, { 'idempotency-key': key, ...headers }, house.gateways[pod]);
  const codeOf = async (answer: Response) => ({ status: answer.status, code: ((await answer.json()) as { error: { code: string } }).error.code });
  const CONFLICT = { status: 409, code: 'IDEMPOTENCY_CONFLICT' };
  const chargesOf = (ids: (string | null)[]) => house.sql<{ n: number }>('select count(*)::int as n from ledger_entries where request_id = any ($1)', [ids]);
  const settled = () => house.eventually<{ n: number }>('select count(*)::int as n from holds', ([row]) => row?.n === 0);

  it.each([
    ['a whole answer', asked],
    ['a stream', streamed],
  ])('gives %s again, byte for byte and on another pod, and charges once', async (_, body) => {
    const key = randomUUID();
    const first = await send(body, key);
    const text = await first.text();
    const second = await send(body, key, 1);
    expect(await second.text()).toBe(text);
    expect(second.status).toBe(200);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    const ids = [first, second].map(({ headers }) => headers.get('x-request-id'));
    expect(ids[0]).not.toBe(ids[1]);
    expect(house.upstream.calls).toHaveLength(1);
    await settled();
    expect(await chargesOf(ids)).toEqual([{ n: 1 }]);
  });

  it('makes one call and one charge of fifty at once on two pods', async () => {
    house.upstream.always({ delayMs: 300 });
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => send(asked, key, i % 2)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length).toBeGreaterThanOrEqual(1);
    expect(won.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    for (const answer of answers) if (answer.status !== 200) expect(await codeOf(answer)).toEqual(CONFLICT);
    expect(house.upstream.calls).toHaveLength(1);
    await settled();
    expect(await chargesOf(answers.map(({ headers }) => headers.get('x-request-id')))).toEqual([{ n: 1 }]);
    expect((await send(asked, key)).headers.get('idempotent-replayed')).toBe('true');
  });

  it('is refused while the first runs, with another body, at another endpoint and on the other channel', async () => {
    house.upstream.next({ delayMs: 400 });
    const key = randomUUID();
    const running = send(asked, key);
    await house.upstream.call(0);
    const early = await send(asked, key, 1);
    expect(early.headers.get('retry-after')).toBe('1');
    expect(await codeOf(early)).toEqual(CONFLICT);
    await (await running).text();
    const changed = await send({ ...asked, messages: [{ role: 'user', content: 'Ho' }] }, key);
    expect(changed.headers.get('x-should-retry')).toBe('false');
    expect(await codeOf(changed)).toEqual(CONFLICT);
    expect(await codeOf(await send({ model: 'fake', input: 'Hi' }, key, 0, {}, '/v1/embeddings'))).toEqual(CONFLICT);
    expect(house.upstream.calls).toHaveLength(1);
  });

  it('of another tenant is another key', async () => {
    const key = randomUUID();
    await (await send(asked, key)).text();
    const theirs = await send(asked, key, 0, { authorization: `Bearer ${other}` });
    expect(theirs.headers.get('idempotent-replayed')).toBeNull();
    expect(house.upstream.calls).toHaveLength(2);
  });

  it('may be used again after a failure that charged nothing, ours or the provider’s', async () => {
    const key = randomUUID();
    house.upstream.next({ status: 500 });
    expect((await send(asked, key)).status).toBe(502);
    expect((await send({ ...asked, model: 'none' }, key)).status).toBe(404);
    const third = await send(asked, key);
    expect(third.status).toBe(200);
    expect(third.headers.get('idempotent-replayed')).toBeNull();
  });

  it('stays refused after a stream that broke, was charged, and is not run again', async () => {
    const key = randomUUID();
    house.upstream.next({ text: ['one ', 'two ', 'three '], resetsAfterBytes: 700 });
    const broken = await send(streamed, key);
    expect(await broken.text()).not.toContain('[DONE]');
    expect(await codeOf(await send(streamed, key, 1))).toEqual(CONFLICT);
    expect(house.upstream.calls).toHaveLength(1);
  });

  it('stays refused after its client left in the middle of a stream', async () => {
    const key = randomUUID();
    house.upstream.next({ text: ['one ', 'two '], hangsAfterChunks: 2 });
    const leaving = new AbortController();
    const answer = await fetch(house.gateway.url + CHAT, { method: 'POST', signal: leaving.signal, headers: { authorization: `Bearer ${house.key}`, 'content-type': 'application/json', 'idempotency-key': key }, body: JSON.stringify(streamed) });
    await answer.body?.getReader().read();
    leaving.abort();
    await house.eventually<{ state: string }>(`select state from idempotent_answers where idempotency_key = '${key}'`, ([row]) => row?.state === 'broken');
    expect(await codeOf(await send(streamed, key))).toEqual(CONFLICT);
    expect(house.upstream.calls).toHaveLength(1);
  });

  it('refuses to run again what a killed process had begun', async () => {
    const key = randomUUID();
    house.upstream.next({ hangs: true });
    const doomed = await startGateway(house.env);
    const lost = house.post(CHAT, asked, { 'idempotency-key': key }, doomed).catch(() => null);
    await house.upstream.call(0);
    await doomed.kill();
    expect(await lost).toBeNull();
    expect(await codeOf(await send(asked, key))).toEqual(CONFLICT);
    await house.sql('update idempotent_answers set lapses_at = now() where idempotency_key = $1', [key]);
    const later = await send(asked, key);
    expect(later.headers.get('x-should-retry')).toBe('false');
    expect(await codeOf(later)).toEqual(CONFLICT);
    expect(house.upstream.calls).toHaveLength(1);
  });

  it('charges once and runs nothing again when the process dies between the charge and the keeping of the answer', async () => {
    const key = randomUUID();
    const doomed = await startGateway(house.env);
    const locker = new Client({ connectionString: house.env['DATABASE_URL'] });
    await locker.connect();
    try {
      house.upstream.next({ delayMs: 300 });
      const lost = house.post(CHAT, asked, { 'idempotency-key': key }, doomed).catch(() => null);
      await house.upstream.call(0);
      await locker.query('begin');
      await locker.query('select 1 from idempotent_answers where idempotency_key = $1 for update', [key]);
      const [{ request_id: id } = { request_id: '' }] = await house.sql<{ request_id: string }>('select request_id from idempotent_answers where idempotency_key = $1', [key]);
      // The charge is made, and the answer is not kept yet: its row is locked.
      await house.eventually(`select 1 from ledger_entries where request_id = '${id}'`, (rows) => rows.length === 1);
      await doomed.kill();
      expect(await lost).toBeNull();
      // Its last statement waits in Postgres still, and would be carried out behind its back.
      await house.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'update idempotent_answers%' and wait_event_type = 'Lock'`);
      await locker.query('rollback');
      expect(await codeOf(await send(asked, key))).toEqual(CONFLICT);
      expect(await chargesOf([id])).toEqual([{ n: 1 }]);
      expect(house.upstream.calls).toHaveLength(1);
    } finally {
      await locker.end();
      await doomed.kill().catch(() => undefined);
    }
  });

  it('gives no answer again that is larger than 2 MiB', async () => {
    const key = randomUUID();
    house.upstream.next({ text: Array<string>(24).fill('x'.repeat(100_000)) });
    const first = await send(streamed, key);
    expect((await first.text()).length).toBeGreaterThan(2 * 1024 * 1024);
    expect(await codeOf(await send(streamed, key))).toEqual(CONFLICT);
  });

  it.each(['', 'two words', 'x'.repeat(256), 'é'])('that is none is refused: %j', async (key) => {
    expect((await codeOf(await send(asked, key))).status).toBe(400);
    expect(house.upstream.calls).toHaveLength(0);
  });
});
