import { randomBytes, randomUUID } from 'node:crypto';
import { createDataSource } from '@higress/database';
import { freshDatabase, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import { cleanupProcessor } from './cleanup.processor';

describe('the clean-up', () => {
  let database: FreshDatabase;
  let db: DataSource;
  const cleanUp = () => cleanupProcessor(db, { responsesDays: 30 }).run({});

  beforeAll(async () => {
    database = await freshDatabase();
    db = await createDataSource({ url: database.url, name: 'spec', poolSize: 2, statementTimeoutMs: 10_000 }).initialize();
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  it('makes the partitions of the months to come, once', async () => {
    const [{ ahead } = { ahead: '' }] = await db.query<{ ahead: string }[]>(`select to_char(date_trunc('month', now() at time zone 'UTC') + interval '2 months', '"usage_records_"YYYY_MM') as ahead`);
    expect(await cleanUp()).toMatchObject({ partitions: [ahead] });
    expect(await cleanUp()).toMatchObject({ partitions: [] });
  });

  it('deletes what has been over for 30 days, however much, and nothing else', async () => {
    const [tenant, user, key] = [randomUUID(), randomUUID(), randomUUID()];
    await db.query(`insert into tenants (id, name, billing) values ($1, 'acme', 'internal')`, [tenant]);
    await db.query(`insert into users (id, tenant_id, email, password_hash) values ($1, $2, 'a@b.c', '')`, [user, tenant]);
    await db.query(`insert into api_keys (id, tenant_id, name, prefix) values ($1, $2, 'ci', 'sk-')`, [key, tenant]);
    const session = (expires: string, revoked: string | null) =>
      db.query(`insert into sessions (id, user_id, refresh_digest, expires_at, revoked_at) values ($1, $2, $3, now() + $4::interval, now() + $5::interval)`, [randomUUID(), user, randomBytes(8), expires, revoked]);
    await session('7 days', null);
    await session('-29 days', null);
    await session('7 days', '-1 day');
    await session('-31 days', null);
    await session('7 days', '-31 days');
    await db.query(`insert into sessions (id, user_id, refresh_digest, expires_at) select gen_random_uuid(), $1, decode(md5(i::text), 'hex'), now() - interval '1 year' from generate_series(1, 4500) i`, [user]);
    await db.query(`insert into api_key_secrets (digest, key_id, expires_at) values ('\\x01', $1, null), ('\\x02', $1, now() - interval '31 days'), ('\\x03', $1, now() - interval '1 hour')`, [key]);
    await db.query(`insert into password_resets (digest, user_id, expires_at) values ('\\x01', $1, now()), ('\\x02', $1, now() - interval '31 days')`, [user]);
    await db.query(`insert into signing_keys (kid, algorithm, public_jwk, private_sealed, retired_at) values ('new', 'RS256', '{}', '', null), ('old', 'RS256', '{}', '', now() - interval '31 days')`);

    await db.query(`insert into stored_responses (tenant_id, response_id, created_at, sealed) select $1, 'resp_' || i, now() - (i || ' hours')::interval, '' from generate_series(1, 24 * 31) i`, [tenant]);

    expect(await cleanUp()).toMatchObject({ deleted: { sessions: 4502, password_resets: 1, api_key_secrets: 1, signing_keys: 1, stored_responses: 25 } });
    expect(await db.query('select (select count(*) from sessions) as sessions, (select count(*) from api_key_secrets) as secrets, (select count(*) from signing_keys) as keys')).toEqual([{ sessions: '3', secrets: '2', keys: '1' }]);
  });
});
