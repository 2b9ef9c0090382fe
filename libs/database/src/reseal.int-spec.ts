import { randomBytes, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { scratchDatabase, type ScratchDatabase } from './fixtures/scratch-database';
import { migrateUp } from './migrate';
import { reseal, type SealedColumn } from './reseal';
import { Sealer } from './sealer';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const old = new Sealer(new Map([[1, oldKey]]));
const both = new Sealer(new Map([[1, oldKey], [2, newKey]]));
const newest = new Sealer(new Map([[2, newKey]]));
const place = (id: unknown) => `credentials:${String(id)}`;
const CREDENTIALS: SealedColumn = { table: 'credentials', column: 'value_sealed', key: ['id'], place: ({ id }) => place(id) };

describe('reseal', () => {
  let scratch: ScratchDatabase;
  let dataSource: DataSource;
  const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
  const sealedOf = async (id: string) => (await dataSource.query<{ value: Buffer }[]>('select value_sealed as value from credentials where id = $1', [id]))[0]?.value as Buffer;

  beforeAll(async () => {
    scratch = await scratchDatabase(process.env['TEST_DATABASE_URL'] as string);
    dataSource = await scratch.open();
    await migrateUp(dataSource);
    const provider = randomUUID();
    await dataSource.query(`insert into providers (id, name, dialect) values ($1, 'up', 'openai')`, [provider]);
    for (const [at, id] of ids.entries()) {
      const value = at === 2 ? Buffer.alloc(40) : old.seal(`secret ${at}`, place(id));
      await dataSource.query('insert into credentials (id, provider_id, value_sealed, fingerprint) values ($1, $2, $3, $4)', [id, provider, value, randomBytes(8)]);
    }
  });
  afterAll(() => scratch.close());

  it('puts everything under the newest key, leaves what nobody can open, and does nothing the second time', async () => {
    expect(await reseal(dataSource, both, [CREDENTIALS])).toEqual([{ table: 'credentials', column: 'value_sealed', resealed: 2, current: 0, lost: 1 }]);
    for (const [at, id] of [ids[0], ids[1]].entries()) expect(newest.open(await sealedOf(id), place(id)).toString()).toBe(`secret ${at}`);
    expect(await reseal(dataSource, both, [CREDENTIALS])).toEqual([{ table: 'credentials', column: 'value_sealed', resealed: 0, current: 2, lost: 1 }]);
    expect(await sealedOf(ids[2])).toEqual(Buffer.alloc(40));
  });
});
