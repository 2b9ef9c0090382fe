import { Client } from 'pg';
import { freshDatabase } from '../index';

async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('freshDatabase', () => {
  it('gives callers that ask at once a migrated database each', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, () => freshDatabase()));
    const [first, second] = databases as [(typeof databases)[number], (typeof databases)[number]];
    await query(first.url, `insert into tenants (id, name, billing) values (gen_random_uuid(), 'acme', 'prepaid')`);
    expect(await query(first.url, 'select name from tenants')).toEqual([{ name: 'acme' }]);
    expect(await query(second.url, 'select name from tenants')).toEqual([]);
    await Promise.all(databases.map((database) => database.drop()));
  });

  it('drops a database that somebody is still connected to', async () => {
    const database = await freshDatabase();
    const lingering = new Client({ connectionString: database.url });
    const lost = new Promise((resolve) => lingering.on('error', resolve));
    await lingering.connect();
    await database.drop();
    await lost;
    await expect(query(database.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  });
});
