import { readSettings } from '@higress/config';
import { SYSTEM } from '@higress/database';
import { defineCommand } from '../command';
import { findKey } from './find-key';
import { withKeyRing } from './with-key-ring';

export const keysRevoke = defineCommand({
  name: 'keys revoke',
  args: ['<key>'],
  summary: 'Ends an API key for good; every gateway refuses it within a second.',
  notes: '<key> is its id, the key itself, or its first characters as lists and logs show them. Revoking it again changes nothing.',
  run: async ({ args: [given = ''], print }) => {
    const settings = readSettings('ctl');
    await withKeyRing(settings, print, async ({ keyRing, database, pepper }) => {
      const { id, name, prefix } = await keyRing.revoke(SYSTEM, await findKey(database, pepper, given));
      print(`revoked ${prefix}… (${name}, ${id})`);
    });
  },
});
