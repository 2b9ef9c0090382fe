import { readSettings } from '@higress/config';
import { TenantEntity, walkAuditChain } from '@higress/database';
import type { DataSource } from 'typeorm';
import { defineCommand } from '../command';
import { findTenant } from '../find-tenant';
import { textTable } from '../text-table';
import { withDatabase } from '../with-database';

const INSTALLATION = { id: null, name: '(the installation)' };

export const auditVerify = defineCommand({
  name: 'audit verify',
  summary: 'Walks the audit of every tenant, and exits with 1 where an entry was changed or is missing.',
  options: { tenant: { type: 'string', value: 'name or id', doc: 'This one alone.' } },
  notes: 'HEAD is the hash of a chain’s last entry. Whoever may write to the database could cut off a chain’s end: keep the heads elsewhere, and look for them in GET audit later.',
  run: async ({ options, print }) => {
    const lines = await withDatabase(readSettings('ctl-database'), async (database) => {
      const walked = [];
      for (const { id, name } of await chains(database, options.tenant)) walked.push({ name, ...(await walkAuditChain(database.manager, id)) });
      return walked;
    });
    const cells = lines.map(({ name, entries, head, brokenAt }) => [name, String(entries), head?.toString('hex') ?? '–', brokenAt === null ? 'whole' : `BROKEN at ${brokenAt}`]);
    for (const line of textTable(['TENANT', 'ENTRIES', 'HEAD', 'STATE'], cells)) print(line);
    return lines.every(({ brokenAt }) => brokenAt === null) ? 0 : 1;
  },
});

async function chains(database: DataSource, only: string | undefined): Promise<readonly { id: string | null; name: string }[]> {
  if (only !== undefined) return [await findTenant(database, only)];
  return [INSTALLATION, ...(await database.getRepository(TenantEntity).find({ order: { name: 'asc' } }))];
}
