import { randomUUID } from 'node:crypto';
import { createDataSource } from '@higress/database';
import { faultProxy, freshDatabase, type FaultProxy, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { LastUsed } from './last-used';

describe('when keys were used last', () => {
  let database: FreshDatabase;
  let proxy: FaultProxy;
  let direct: DataSource;
  let behindProxy: DataSource;
  let statements: number;
  const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
  const usedAt = async (id: string) => (await direct.query<{ at: Date | null; touched: boolean }[]>('select last_used_at as at, updated_at <> created_at as touched from api_keys where id = $1', [id]))[0];

  beforeAll(async () => {
    database = await freshDatabase();
    proxy = await faultProxy({ target: database.url });
    const open = (url: string, onStatement?: () => void) => createDataSource({ url, name: 'spec', poolSize: 3, statementTimeoutMs: 2000, connectTimeoutMs: 5000, onStatement }).initialize();
    direct = await open(database.url);
    behindProxy = await open(proxy.url, () => (statements += 1));
    const tenant = randomUUID();
    await direct.query(`insert into tenants (id, name, billing) values ($1, 'acme', 'internal')`, [tenant]);
    for (const id of ids) await direct.query(`insert into api_keys (id, tenant_id, name, prefix) values ($1, $2, 'k', 'sk-')`, [id, tenant]);
  });
  beforeEach(() => (statements = 0));
  afterAll(async () => {
    await Promise.all([direct.destroy(), behindProxy.destroy()]);
    await proxy.close();
    await database.drop();
  });

  it('is written down by one statement for any number of calls, and does not count as a change of the key', async () => {
    const used = new LastUsed(behindProxy);
    const before = Date.now();
    for (let n = 0; n < 1000; n++) used.note(ids[n % 2] as string);
    await used.flush();
    expect(statements).toBe(1);
    for (const id of [ids[0], ids[1]]) {
      const row = await usedAt(id);
      expect(row?.at?.getTime()).toBeGreaterThanOrEqual(before);
      expect(row?.touched).toBe(false);
    }
    expect((await usedAt(ids[2]))?.at).toBeNull();
    await used.flush();
    expect(statements).toBe(1);
  });

  it('never goes back, whatever another process still has to write', async () => {
    await direct.query(`update api_keys set last_used_at = '2100-01-01' where id = $1`, [ids[2]]);
    const used = new LastUsed(behindProxy);
    used.note(ids[2]);
    await used.flush();
    expect((await usedAt(ids[2]))?.at?.getUTCFullYear()).toBe(2100);
  });

  it('is not lost while Postgres is away, and a key that is gone stops nobody', async () => {
    const used = new LastUsed(behindProxy);
    await direct.query('update api_keys set last_used_at = null');
    used.note(ids[0]);
    used.note(randomUUID());
    await proxy.shut();
    await used.flush();
    expect((await usedAt(ids[0]))?.at).toBeNull();
    await proxy.open();
    await used.stop();
    expect((await usedAt(ids[0]))?.at).not.toBeNull();
  });
});
