import { randomBytes, randomUUID } from 'node:crypto';
import { createDataSource, reseal, Sealer } from '@higress/database';
import { eventually, faultProxy, freshDatabase, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { IdempotentAnswers } from '../idempotency/idempotent-answers';
import { SEALED_IN_REPLAY } from '../sealed-in-replay';
import { MOST_IN_CHAIN, type StoredResponse, StoredResponses } from './stored-responses';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const sealer = new Sealer(new Map([[1, oldKey]]));
const open = (url: string, poolSize = 4) => createDataSource({ url, name: 'spec', poolSize, statementTimeoutMs: 5000 });
const stored = (id: string, more: Partial<StoredResponse> = {}): StoredResponse => ({ id, previousId: null, input: [{ role: 'user', content: `asked for ${id}` }], response: { id, output: [] }, ...more });

describe('stored responses', () => {
  let database: FreshDatabase;
  let db: DataSource;
  let responses: StoredResponses;
  let faults: unknown[];
  let tenant: string;

  beforeAll(async () => {
    database = await freshDatabase();
    db = await open(database.url).initialize();
  });
  beforeEach(() => {
    faults = [];
    tenant = randomUUID();
    responses = new StoredResponses({ dataSource: db, sealer, retentionDays: 30, onFault: (error) => faults.push(error) });
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });
  const chainOf = async (id: string) => (await responses.chain(tenant, id)).map((found) => found.id);

  it('are found by their tenant until they are deleted, and by no other', async () => {
    expect(await responses.keep(tenant, stored('resp_1'))).toBe('kept');
    expect(await responses.find(tenant, 'resp_1')).toEqual(stored('resp_1'));
    const stranger = randomUUID();
    expect(await responses.find(stranger, 'resp_1')).toBeNull();
    expect(await responses.chain(stranger, 'resp_1')).toEqual([]);
    expect(await responses.delete(stranger, 'resp_1')).toBe(false);
    expect(await responses.delete(tenant, 'resp_1')).toBe(true);
    expect(await responses.delete(tenant, 'resp_1')).toBe(false);
    expect(await responses.find(tenant, 'resp_1')).toBeNull();
    expect(faults).toEqual([]);
  });

  it('keep an id for the first that has it, and let every tenant have it', async () => {
    expect(await responses.keep(tenant, stored('resp_1'))).toBe('kept');
    expect(await responses.keep(tenant, stored('resp_1', { input: [] }))).toBe('taken');
    expect(await responses.keep(randomUUID(), stored('resp_1', { input: [] }))).toBe('kept');
    expect(await responses.find(tenant, 'resp_1')).toEqual(stored('resp_1'));
  });

  it('have an id that an id may be', async () => {
    for (const id of ['', '\u0000', 'a/b', 'x'.repeat(101), '🗼']) {
      expect(await responses.keep(tenant, stored(id))).toBe('taken');
      expect([await responses.find(tenant, id), await responses.chain(tenant, id), await responses.delete(tenant, id)]).toEqual([null, [], false]);
    }
    expect(faults).toEqual([]);
  });

  it('are sealed, and a row that is moved to another tenant or id opens for nobody', async () => {
    await responses.keep(tenant, stored('resp_1', { input: [{ content: 'canary' }] }));
    const [{ sealed } = { sealed: Buffer.alloc(0) }] = await db.query<{ sealed: Buffer }[]>('select sealed from stored_responses where tenant_id = $1', [tenant]);
    expect(sealed.includes('canary')).toBe(false);
    const thief = randomUUID();
    await responses.keep(thief, stored('resp_1'));
    await db.query('update stored_responses set sealed = $2 where tenant_id = $1', [thief, sealed]);
    expect(await responses.find(thief, 'resp_1')).toBeNull();
    await db.query(`update stored_responses set response_id = 'resp_2' where tenant_id = $1`, [tenant]);
    expect(await responses.find(tenant, 'resp_2')).toBeNull();
    expect(await responses.chain(tenant, 'resp_2')).toEqual([]);
    expect(faults).toHaveLength(3);
  });

  it('are a chain, oldest first, which ends where one is gone and never leaves its tenant', async () => {
    await responses.keep(tenant, stored('a'));
    await responses.keep(tenant, stored('b', { previousId: 'a' }));
    await responses.keep(tenant, stored('c', { previousId: 'b' }));
    await responses.keep(randomUUID(), stored('z'));
    await responses.keep(tenant, stored('y', { previousId: 'z' }));
    expect(await chainOf('c')).toEqual(['a', 'b', 'c']);
    expect(await chainOf('b')).toEqual(['a', 'b']);
    expect(await chainOf('y')).toEqual(['y']);
    await responses.delete(tenant, 'a');
    expect(await chainOf('c')).toEqual(['b', 'c']);
  });

  it('are refused as a conversation that has no end, or is too large for one', async () => {
    await db.query(
      `insert into stored_responses (tenant_id, response_id, previous_id, sealed) select $1::uuid, 'r' || i, 'r' || (i + 1), ''::bytea from generate_series(1, ${MOST_IN_CHAIN + 5}) i union all select $1::uuid, 'loop', 'loop', ''::bytea`,
      [tenant],
    );
    await expect(responses.chain(tenant, 'r1')).rejects.toMatchObject({ code: 'INVALID_REQUEST', param: 'previous_response_id' });
    await expect(responses.chain(tenant, 'loop')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await db.query(`insert into stored_responses (tenant_id, response_id, previous_id, sealed) select $1::uuid, 'big' || i, 'big' || (i + 1), convert_to(repeat('x', 1048576), 'UTF8') from generate_series(1, 6) i`, [tenant]);
    await expect(responses.chain(tenant, 'big1')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('are kept up to 2 MiB', async () => {
    const large = (bytes: number) => stored('resp_1', { input: [{ content: 'x'.repeat(bytes) }] });
    expect(await responses.keep(tenant, large(2 * 1024 * 1024))).toBe('too_large');
    expect(await responses.keep(tenant, large(2 * 1024 * 1024 - 200))).toBe('kept');
  });

  it('are gone after their days, and none is kept for 0 days', async () => {
    await responses.keep(tenant, stored('resp_1'));
    await db.query(`update stored_responses set created_at = now() - interval '30 days' + interval '1 minute' where tenant_id = $1`, [tenant]);
    expect(await responses.find(tenant, 'resp_1')).not.toBeNull();
    await db.query(`update stored_responses set created_at = created_at - interval '2 minutes' where tenant_id = $1`, [tenant]);
    expect(await responses.find(tenant, 'resp_1')).toBeNull();
    expect(await responses.chain(tenant, 'resp_1')).toEqual([]);
    expect(await responses.delete(tenant, 'resp_1')).toBe(false);
    const none = new StoredResponses({ dataSource: db, sealer, retentionDays: 0, onFault: () => undefined });
    expect(none.keepsAny).toBe(false);
    expect(await none.find(tenant, 'resp_1')).toBeNull();
  });

  it('hold nobody up while Postgres is frozen, and what comes too late is not kept after all', async () => {
    const proxy = await faultProxy({ target: database.url });
    const far = await open(proxy.url, 1).initialize();
    try {
      const remote = new StoredResponses({ dataSource: far, sealer, retentionDays: 30, onFault: (error) => faults.push(error) });
      expect(await remote.keep(tenant, stored('first'))).toBe('kept');
      proxy.set({ blackHole: true });
      const began = performance.now();
      expect(await remote.keep(tenant, stored('late'))).toBe('slow');
      expect(performance.now() - began).toBeLessThan(4000);
      proxy.set({});
      // On the one connection there is, behind the late one.
      await eventually('a response is kept again', async () => (await remote.keep(tenant, stored('after'))) !== 'slow');
      await eventually('the late one is gone', async () => (await responses.find(tenant, 'late')) === null);
      expect(await responses.find(tenant, 'after')).not.toBeNull();
      await proxy.close();
      expect(await remote.keep(tenant, stored('never'))).toBe('away');
      expect(faults.length).toBeGreaterThan(0);
      await expect(remote.find(tenant, 'first')).rejects.toMatchObject({ code: 'NOT_READY', http: 503 });
      await expect(remote.chain(tenant, 'first')).rejects.toMatchObject({ code: 'NOT_READY', http: 503 });
    } finally {
      await far.destroy();
    }
  });

  it('are sealed anew with the newest key, as answers by idempotency key are, however many', async () => {
    await db.query('delete from stored_responses');
    for (let i = 0; i < 45; i++) await responses.keep(tenant, stored(`resp_${i}`));
    const answers = new IdempotentAnswers({ dataSource: db, sealer, onFault: (error) => faults.push(error) });
    const asked = { tenantId: tenant, key: 'one', fingerprint: Buffer.alloc(32), requestId: randomUUID(), lifeMs: 1000 };
    const claim = await answers.claim(asked);
    const answer = { requestId: asked.requestId, status: 200, stream: false, headers: [], body: Buffer.from('{}') };
    if ('keep' in claim) await claim.keep(answer);
    const both = new Sealer(new Map([[1, oldKey], [2, newKey]]));
    expect(await reseal(db, both, SEALED_IN_REPLAY)).toEqual([
      { table: 'idempotent_answers', column: 'sealed', resealed: 1, current: 0, lost: 0 },
      { table: 'stored_responses', column: 'sealed', resealed: 45, current: 0, lost: 0 },
    ]);
    const newest = new Sealer(new Map([[2, newKey]]));
    expect(await new StoredResponses({ dataSource: db, sealer: newest, retentionDays: 30, onFault: (error) => faults.push(error) }).find(tenant, 'resp_44')).toEqual(stored('resp_44'));
    expect(await new IdempotentAnswers({ dataSource: db, sealer: newest, onFault: (error) => faults.push(error) }).claim(asked)).toEqual(answer);
    expect(faults).toEqual([]);
  });
});
