import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DataSource } from 'typeorm';
import { scratchDatabase, type ScratchDatabase } from '../fixtures/scratch-database';
import { appendAudit, SYSTEM_ACTOR } from '../append-audit';
import { migrateDown, migrateUp } from '../migrate';
import { verifyAuditChain } from '../verify-audit-chain';
import { backUp } from './back-up';
import { restore, SEEDED } from './restore';

const ODD = 'tab\t, line\n\\.\n, backslash \\ \\N, quote " \', é漢🙂';
const dir = mkdtempSync(join(tmpdir(), 'backup-'));
const admin = () => scratchDatabase(process.env['TEST_DATABASE_URL'] as string);

/** Every row of every table, as text. */
async function everything(database: DataSource): Promise<Record<string, string[]>> {
  const tables = await database.query<{ name: string }[]>(`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> 'schema_migrations' order by 1`);
  const rows: Record<string, string[]> = {};
  for (const { name } of tables) rows[name] = (await database.query<{ text: string }[]>(`select t::text as text from ${name} t order by 1`)).map(({ text }) => text);
  return rows;
}

describe('a backup', () => {
  const opened: ScratchDatabase[] = [];
  let source: ScratchDatabase;
  let database: DataSource;
  const file = join(dir, 'whole.gz');
  const tenant = randomUUID();
  const empty = async () => {
    const scratch = await admin();
    opened.push(scratch);
    return scratch;
  };
  const call = (at: string) =>
    database.query(
      `insert into usage_records (id, started_at, channel, tenant_id, key_id, model, dialect, stream, status, attempts, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
         estimated, clamped, cost_nano, charged_nano, uncollected_nano, ttft_ms, tags, settled, recorded_at)
       values ($1, $2, 'external', $3, null, $4, 'openai', false, 200, 1, 9007199254740993, 0, 0, 5, 0, false, false, 1, 1, 0, 0.1, $5, true, now())`,
      [randomUUID(), at, tenant, ODD, JSON.stringify({ [ODD]: ODD })],
    );

  beforeAll(async () => {
    source = await empty();
    database = await source.open();
    await migrateUp(database);
    await database.query(`insert into tenants (id, name, billing, limits) values ($1, $2, 'prepaid', '{"rpm": 5}')`, [tenant, ODD]);
    await database.query(`select billing_credit($1, 25000000000, 'first', $2)`, [tenant, ODD]);
    await database.query(`insert into users (id, tenant_id, email, password_hash) values (gen_random_uuid(), $1, 'a@example.com', '')`, [tenant]);
    await database.query(`insert into api_keys (id, tenant_id, name, prefix, models, signing_secret_sealed) values (gen_random_uuid(), $1, '', 'sk-', $2, $3)`, [tenant, [ODD, '', 'null'], randomBytes(300_000)]);
    for (const at of ['2024-02-29T23:59:59.999999Z', new Date().toISOString(), '2999-01-01T00:00:00Z']) await call(at);
    await database.query(`create table usage_records_2024_02 (like usage_records including defaults including constraints)`);
    await database.query(`with moved as (delete from usage_records_default where started_at < '2024-03-01' returning *) insert into usage_records_2024_02 select * from moved`);
    await database.query(`alter table usage_records attach partition usage_records_2024_02 for values from ('2024-02-01 00:00:00+00') to ('2024-03-01 00:00:00+00')`);
    await database.transaction(async (tx) => {
      for (let n = 0; n < 3; n++) await appendAudit(tx, { tenantId: tenant, actor: SYSTEM_ACTOR, action: 'spec.made', subjectType: 'spec', subjectId: null, after: { note: ODD } });
    });
    await backUp(source.url, file);
  });
  afterAll(async () => {
    for (const scratch of opened) await scratch.close();
  });

  it('is put back as it was, row by row, triggers and partitions at work again', async () => {
    const target = await empty();
    const before = await everything(database);
    const restored = await restore(target.url, file);
    const copy = await target.open();
    expect(await everything(copy)).toEqual(before);
    expect(restored.rows).toBe(Object.values(before).flat().length);
    expect(await verifyAuditChain(copy.manager, tenant)).toBeNull();
    expect(await copy.query('select posted_nano from accounts')).toEqual([{ posted_nano: '25000000000' }]);
    expect(await copy.query(`select count(*)::int as n from usage_records_2024_02`)).toEqual([{ n: 1 }]);
    await expect(copy.query('delete from ledger_entries')).rejects.toThrow('append-only');
    const version = async () => (await copy.query<{ version: string }[]>('select version from catalog_version'))[0]?.version;
    const versionBefore = await version();
    await copy.query(`insert into models (id, name) values (gen_random_uuid(), 'new')`);
    expect(await version()).not.toBe(versionBefore);
    await copy.query(`insert into tenants (id, name, billing) values (gen_random_uuid(), 'later', 'prepaid')`);
    expect(await copy.query('select count(*)::int as n from accounts')).toEqual([{ n: 2 }]);
  });

  it('is of one moment, though others write meanwhile, and readable by its owner alone', async () => {
    const writing = { on: true, rows: 0 };
    const writer = (async () => {
      for (; writing.on; writing.rows++) await database.query(`select billing_credit($1, 1, $2, 'meanwhile')`, [tenant, randomUUID()]);
    })();
    const moment = join(dir, 'moment.gz');
    await backUp(source.url, moment);
    writing.on = false;
    await writer;
    const target = await empty();
    await restore(target.url, moment);
    const [book] = await (await target.open()).query<{ same: boolean }[]>(`select posted_nano = (select sum(amount_nano) from ledger_entries) as same from accounts`);
    expect(book).toEqual({ same: true });
    expect(statSync(moment).mode & 0o777).toBe(0o600);
  });

  it('goes into no database in which there is anything, nor into one of another release', async () => {
    await expect(restore(source.url, file)).rejects.toThrow(/the database is not empty: there are rows in/);
    const target = await empty();
    const copy = await target.open();
    await migrateUp(copy);
    await migrateDown(copy);
    await expect(restore(target.url, file)).rejects.toThrow('the database has other migrations');
    await migrateUp(copy);
    expect(Object.entries(await everything(copy)).filter(([, rows]) => rows.length > 0).map(([name]) => name)).toEqual([...SEEDED]);
    await restore(target.url, file);
  });

  it('that was damaged, cut off or changed is refused, and nothing of it stays', async () => {
    const text = gunzipSync(readFileSync(file));
    const packed = readFileSync(file);
    const half = Buffer.from(packed.subarray(0, packed.length / 2));
    const flipped = Buffer.from(packed);
    flipped[packed.length >> 1] = (flipped[packed.length >> 1] as number) ^ 1;
    const changed = (from: string, to: string) => gzipSync(Buffer.from(text.toString('latin1').replace(from, to), 'latin1'));
    const wrong: [Buffer, RegExp][] = [
      [half, /cannot be read/], [flipped, /cannot be read|are not those/], [Buffer.from('not gzip'), /cannot be read/], [gzipSync('{}\n'), /its header/], [gzipSync('x'), /its header/],
      [changed('25000000000', '95000000000'), /are not those that were backed up/], [gzipSync(text.subarray(0, text.length - 10)), /its end/], [gzipSync(text.subarray(0, text.length / 2)), /ends|not those/],
      [gzipSync(Buffer.concat([text, Buffer.from('more')])), /goes on after its end/], [changed('"table":"tenants"', '"table":"tenant"'), /a table tenant that is not here/],
      [changed('"0001_identity_and_catalog"', '"0001_something"'), /another release: this release does not know its migration 0001_something/], [changed('"table":"users","columns":["id",', '"table":"users","columns":['), /other columns/],
    ];
    const target = await empty();
    const copy = await target.open();
    for (const [at, [bytes, words]] of wrong.entries()) {
      const bad = join(dir, `wrong-${at}.gz`);
      writeFileSync(bad, bytes);
      await expect(restore(target.url, bad)).rejects.toThrow(words);
    }
    await expect(restore(target.url, join(dir, 'none.gz'))).rejects.toThrow('ENOENT');
    await restore(target.url, file);
    expect((await copy.query<unknown[]>('select from tenants')).length).toBe(1);
  });

  it('needs no superuser: whoever owns the tables makes it and puts it back', async () => {
    const [from, to] = [await empty(), await empty()];
    const [login, password] = [`login_${randomUUID().replaceAll('-', '')}`, randomUUID()];
    const urlOf = ({ url }: ScratchDatabase) => Object.assign(new URL(url), { username: login, password }).href;
    await from.admin(`create role ${login} login password '${password}'`);
    await from.admin(`grant ai_gateway_desk to ${login}`);
    for (const { url } of [from, to]) await from.admin(`alter database "${new URL(url).pathname.slice(1)}" owner to ${login}`);
    await migrateUp(await from.open({ url: urlOf(from) }));
    const own = join(dir, 'own.gz');
    await backUp(urlOf(from), own);
    expect((await restore(urlOf(to), own)).rows).toBeGreaterThan(0);
    for (const scratch of [from, to]) await scratch.close();
    opened.splice(opened.indexOf(from), 2);
    await source.admin(`drop role ${login}`);
  });

  it('leaves no file behind when it cannot be written', async () => {
    await expect(backUp(source.url, join(dir, 'nowhere', 'x.gz'))).rejects.toThrow('ENOENT');
    const target = await empty();
    await expect(backUp(target.url, join(dir, 'empty.gz'))).rejects.toThrow('never migrated');
    expect(() => statSync(join(dir, 'empty.gz'))).toThrow('ENOENT');
  });
});
