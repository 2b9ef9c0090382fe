import { readSettings } from '@higress/config';
import { SYSTEM } from '@higress/database';
import { nameSchema } from '@higress/kernel';
import { defineCommand } from '../command';
import { findTenant } from '../find-tenant';
import { POLICY_OPTIONS, readPolicy } from './read-policy';
import { withKeyRing } from './with-key-ring';

export const keysCreate = defineCommand({
  name: 'keys create',
  summary: 'Makes an API key, and prints it this once.',
  options: { tenant: { type: 'string', value: 'name or id', required: true, doc: 'Whose key.' }, name: { type: 'string', required: true, doc: 'What people call it.' }, ...POLICY_OPTIONS },
  run: async ({ options, print }) => {
    const wanted = { ...readPolicy(options), name: nameSchema.parse(options.name, { error: () => '--name must have 1 to 100 characters' }) };
    const settings = readSettings('ctl');
    await withKeyRing(settings, print, async ({ keyRing, database }) => {
      const { id, name } = await findTenant(database, options.tenant);
      const { row, key, signingSecret } = await keyRing.create(SYSTEM, { ...wanted, tenant_id: id });
      print(`id              ${row.id}`);
      print(`tenant          ${name}`);
      print(`key             ${key}`);
      if (signingSecret !== null) print(`signing secret  ${signingSecret}`);
      print('Keep it now: it is not shown again.');
    });
  },
});
