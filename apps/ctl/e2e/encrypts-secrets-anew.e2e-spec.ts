import { randomBytes, randomUUID } from 'node:crypto';
import { deriveKeys } from '@higress/config';
import { createDataSource, Sealer } from '@higress/database';
import { Secret } from '@higress/kernel';
import { freshDatabase, runCtl, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';

describe('ctl secrets rotate', () => {
  const JWT_SECRET_KEY = 'a secret of thirty-two characters';
  const keyText = randomBytes(32).toString('base64');
  const credential = randomUUID();
  let fresh: FreshDatabase;
  let database: DataSource;
  const rotate = (env: Record<string, string> = {}) => runCtl(['secrets', 'rotate'], { DATABASE_URL: fresh.url, JWT_SECRET_KEY, ...env });

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await createDataSource({ url: fresh.url, name: 'spec', poolSize: 2, statementTimeoutMs: 5000 }).initialize();
    const provider = randomUUID();
    const derived = new Sealer(deriveKeys({ JWT_SECRET_KEY: new Secret(JWT_SECRET_KEY) }).encryption);
    await database.query(`insert into providers (id, name, dialect, headers) values ($1, 'up', 'openai', '{"x-key": "canary-header"}')`, [provider]);
    await database.query('insert into credentials (id, provider_id, value_sealed, fingerprint) values ($1, $2, $3, $4)', [credential, provider, derived.seal('canary-value', `credentials:${credential}`), randomBytes(32)]);
  });
  afterAll(async () => {
    await database.destroy();
    await fresh.drop();
  });

  it('puts what a derived key has encrypted under a key of one’s own, and shows no value', async () => {
    const { code, output } = await rotate({ ENCRYPTION_KEYS: `1:${keyText}` });
    expect([code, output]).toEqual([0, expect.stringMatching(/credentials\.value_sealed +1 +0 +0\n[^]*everything is under key 1\n/)]);
    expect(output).not.toContain('canary');
    const [row] = await database.query<{ sealed: Buffer }[]>('select value_sealed as sealed from credentials');
    expect(new Sealer(new Map([[1, Buffer.from(keyText, 'base64')]])).open(row?.sealed as Buffer, `credentials:${credential}`).toString()).toBe('canary-value');
    expect(output).toContain('the headers of 1 providers were not encrypted yet, and are now');
    expect(JSON.stringify(await database.query('select p::text from providers p'))).not.toContain('canary');
    expect((await rotate({ ENCRYPTION_KEYS: `1:${keyText}` })).output).toMatch(/credentials\.value_sealed +0 +1 +0/);
  });

  it('says what cannot be opened any more', async () => {
    const { code, output } = await rotate({ ENCRYPTION_KEYS: `2:${randomBytes(32).toString('base64')}` });
    expect([code, output]).toEqual([1, expect.stringMatching(/credentials\.value_sealed +0 +0 +1\n[^]*2 values cannot be opened/)]);
  });
});
