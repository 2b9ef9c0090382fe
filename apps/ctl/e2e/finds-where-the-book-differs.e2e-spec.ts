import { createDataSource } from '@higress/database';
import { freshDatabase, runCtl, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';

describe('ctl ledger check', () => {
  const acme = '0192b3c4-0000-7000-8000-000000000001';
  let fresh: FreshDatabase;
  let database: DataSource;

  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await createDataSource({ url: fresh.url, name: 'spec', poolSize: 2, statementTimeoutMs: 5_000 }).initialize();
    await database.query(`insert into tenants (id, name, billing) values ($1, 'acme', 'prepaid'), (gen_random_uuid(), 'bee', 'postpaid')`, [acme]);
    await database.query(`select billing_credit($1, 25000000000, 'first', 'opening credit')`, [acme]);
  });
  afterAll(async () => {
    await database.destroy();
    await fresh.drop();
  });

  const check = async () => {
    const { code, output } = await runCtl(['ledger', 'check'], { DATABASE_URL: fresh.url });
    return { code, lines: output.trimEnd().split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '|')) };
  };

  it('agrees with a book that is right', async () => {
    expect(await check()).toEqual({
      code: 0,
      lines: ['TENANT|POSTED|LEDGER|HELD|HOLDS|STATE', 'acme|25|25|0|0|agrees', 'bee|0|0|0|0|agrees', 'the book agrees with itself (2 accounts)'],
    });
  });

  it('shows the account that differs, by its ledger or by its holds, and changes nothing', async () => {
    await database.query(`update accounts set posted_nano = posted_nano + 1, held_nano = 500000000 where tenant_id = $1`, [acme]);
    for (let again = 0; again < 2; again++) {
      expect(await check()).toMatchObject({ code: 1, lines: expect.arrayContaining(['acme|25.000000001|25|0.5|0|DIFFERS', '1 of 2 accounts differ']) });
    }
  });

  it('asks for the migrations where there are no tables', async () => {
    await runCtl(['migrate', 'down', '99'], { DATABASE_URL: fresh.url });
    expect(await runCtl(['ledger', 'check'], { DATABASE_URL: fresh.url })).toMatchObject({ code: 1, output: expect.stringMatching(/^The tables are missing \(.*\): run “migrate up”\.\n$/) });
  });
});
