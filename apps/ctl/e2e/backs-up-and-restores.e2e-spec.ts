import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createDataSource } from '@higress/database';
import { emptyDatabase, freshDatabase, freshDir, runCtl } from '@higress/testing';

describe('ctl backup and restore', () => {
  it('bring everything into an empty database, where the book agrees and the audit has the same heads', async () => {
    const [source, target] = [await freshDatabase(), await emptyDatabase()];
    const database = await createDataSource({ url: source.url, name: 'spec', poolSize: 1, statementTimeoutMs: 5_000 }).initialize();
    await database.query(`insert into tenants (id, name, billing) values (gen_random_uuid(), 'acme', 'prepaid')`);
    await database.query(`select billing_credit(id, 25000000000, 'first', 'opening credit') from tenants`);
    await database.destroy();
    const made = await runCtl(['admin', 'create', '--email', 'owner@example.com', '--tenant', 'acme'], { DATABASE_URL: source.url });
    expect(made.code).toBe(0);
    const dir = freshDir('backup');
    const file = join(dir, 'all.gz');
    expect(await runCtl(['backup', file], { DATABASE_URL: source.url })).toMatchObject({ code: 0, output: expect.stringMatching(/^wrote .*all\.gz: \d+ rows of \d+ tables, \d+ bytes, schema \d{4}_\w+\n$/) });
    expect(readdirSync(dir)).toEqual(['all.gz']);
    expect(await runCtl(['backup', file], { DATABASE_URL: source.url })).toMatchObject({ code: 1, output: expect.stringContaining('is there already') });
    expect(await runCtl(['restore', file], { DATABASE_URL: target.url })).toMatchObject({ code: 0, output: expect.stringMatching(/^restored \d+ rows of \d+ tables, as they were at .*Z\nthe book agrees with itself \(\d+ accounts\)\n$/) });
    for (const command of [['ledger', 'check'], ['audit', 'verify'], ['migrate', 'status']]) {
      const [before, after] = [await runCtl(command, { DATABASE_URL: source.url }), await runCtl(command, { DATABASE_URL: target.url })];
      expect([after.code, after.output]).toEqual([0, before.output]);
    }
    expect(await runCtl(['restore', file], { DATABASE_URL: target.url })).toMatchObject({ code: 1, output: expect.stringMatching(/the database is not empty: .* Nothing was restored\.\n$/) });
    expect(await runCtl(['restore', join(dir, 'none.gz')], { DATABASE_URL: target.url })).toMatchObject({ code: 1, output: expect.stringContaining('none.gz') });
    await Promise.all([source.drop(), target.drop()]);
  });
});
