import { createDataSource, verifyAuditChain } from '@higress/database';
import { freshDatabase, redisUrl, runCtl, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';

describe('ctl keys rotate-jwt', () => {
  let fresh: FreshDatabase;
  let database: DataSource;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await createDataSource({ url: fresh.url, name: 'spec', poolSize: 2, statementTimeoutMs: 5_000 }).initialize();
  });
  afterAll(async () => {
    await database.destroy();
    await fresh.drop();
  });

  const ctl = (args: string[] = [], env: Record<string, string> = {}) =>
    runCtl(['keys', 'rotate-jwt', ...args], { DATABASE_URL: fresh.url, REDIS_URL: redisUrl(), JWT_SECRET_KEY: 'a secret of thirty-two characters', ...env });
  const live = () => database.query<{ kid: string }[]>('select kid from signing_keys where retired_at is null');

  it('leaves one pair that signs, and those before it for as long as their tokens live', async () => {
    await ctl();
    const [first] = await live();
    const { code, output } = await ctl();
    const [second, ...more] = await live();
    expect([code, more]).toEqual([0, []]);
    expect(output).toContain(`access tokens are signed by ${second?.kid} from now on`);
    expect(await database.query(`select kid from signing_keys where retired_at > now() - interval '1 minute'`)).toEqual([first]);
  });

  it('forgets the pairs before it when told to, and writes both into the audit', async () => {
    expect((await ctl(['--forget-old'])).code).toBe(0);
    expect(await database.query(`select kid from signing_keys where retired_at > now() - interval '2 days'`)).toEqual([]);
    expect(await database.query('select action, after from audit_entries order by at desc limit 1')).toEqual([{ action: 'signing_keys.rotated', after: { forgot_old: true } }]);
    expect(await verifyAuditChain(database.manager, null)).toBeNull();
  });

  it('says where the key is instead, when it is not in Postgres', async () => {
    const { code, output } = await ctl([], { JWT_ALGORITHM: 'HS256' });
    expect(code).toBe(1);
    expect(output).toContain('JWT_SECRET_KEY');
  });
});
