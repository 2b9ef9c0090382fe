import { appendAudit, createDataSource, SYSTEM_ACTOR } from '@higress/database';
import { freshDatabase, runCtl, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';

describe('ctl audit verify', () => {
  const [acme, bee] = ['0192b3c4-0000-7000-8000-000000000001', '0192b3c4-0000-7000-8000-000000000002'];
  let fresh: FreshDatabase;
  let database: DataSource;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await createDataSource({ url: fresh.url, name: 'spec', poolSize: 2, statementTimeoutMs: 5_000 }).initialize();
    await database.query(`insert into tenants (id, name, billing) values ($1, 'acme', 'prepaid'), ($2, 'bee', 'postpaid')`, [acme, bee]);
    for (const tenantId of [acme, bee, null]) {
      for (let n = 0; n < 3; n++) await database.transaction((tx) => appendAudit(tx, { tenantId, actor: SYSTEM_ACTOR, action: 'spec.done', subjectType: 'spec', subjectId: String(n), after: { n } }));
    }
  });
  afterAll(async () => {
    await database.destroy();
    await fresh.drop();
  });

  const verify = async (...args: string[]) => {
    const { code, output } = await runCtl(['audit', 'verify', ...args], { DATABASE_URL: fresh.url });
    return { code, lines: output.trimEnd().split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '|').replace(/[0-9a-f]{64}/, 'HASH')) };
  };
  /** As somebody does who may do everything to the database. */
  const tamper = async (sql: string, values: unknown[]) => {
    await database.query('alter table audit_entries disable trigger all');
    await database.query(sql, values);
    await database.query('alter table audit_entries enable trigger all');
  };
  const idOf = async (tenantId: string, n: number) => (await database.query<{ id: string }[]>('select id from audit_entries where tenant_id = $1 and subject_id = $2', [tenantId, String(n)]))[0]?.id;

  it('finds every chain whole that nobody touched', async () => {
    expect(await verify()).toEqual({ code: 0, lines: ['TENANT|ENTRIES|HEAD|STATE', '(the installation)|3|HASH|whole', 'acme|3|HASH|whole', 'bee|3|HASH|whole'] });
    expect(await verify('--tenant', 'bee')).toEqual({ code: 0, lines: ['TENANT|ENTRIES|HEAD|STATE', 'bee|3|HASH|whole'] });
  });

  it('finds the entry that was changed, and the one whose predecessor is gone', async () => {
    await tamper(`update audit_entries set after = '{"n": 7}' where tenant_id = $1 and subject_id = '1'`, [acme]);
    await tamper(`delete from audit_entries where tenant_id = $1 and subject_id = '0'`, [bee]);
    expect(await verify()).toEqual({ code: 1, lines: ['TENANT|ENTRIES|HEAD|STATE', '(the installation)|3|HASH|whole', `acme|1|HASH|BROKEN at ${await idOf(acme, 1)}`, `bee|0|–|BROKEN at ${await idOf(bee, 1)}`] });
  });
});
