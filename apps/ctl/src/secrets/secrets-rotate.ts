import { SEALED_IN_AUTH } from '@higress/auth';
import { SEALED_IN_CATALOG } from '@higress/catalog';
import { deriveKeys, readSettings } from '@higress/config';
import { reseal, Sealer } from '@higress/database';
import { defineCommand } from '../command';
import { textTable } from '../text-table';
import { withDatabase } from '../with-database';

export const secretsRotate = defineCommand({
  name: 'secrets rotate',
  summary: 'Encrypts everything anew that an older key of ENCRYPTION_KEYS has encrypted. Exits with 1 when something cannot be opened.',
  notes: 'First add the new key to ENCRYPTION_KEYS of every service and restart them; then run this; then take the old key away. Running it again does no harm.',
  run: async ({ print }) => {
    const settings = readSettings('ctl');
    const { encryption } = deriveKeys(settings);
    const results = await withDatabase(settings, (database) => reseal(database, new Sealer(encryption), [...SEALED_IN_AUTH, ...SEALED_IN_CATALOG]));
    for (const line of textTable(['COLUMN', 'ENCRYPTED ANEW', 'WERE CURRENT', 'LOST'], results.map(({ table, column, resealed, current, lost }) => [`${table}.${column}`, String(resealed), String(current), String(lost)]))) print(line);
    const lost = results.reduce((sum, result) => sum + result.lost, 0);
    print(lost === 0 ? `everything is under key ${Math.max(...encryption.keys())}` : `${lost} values cannot be opened with the keys of ENCRYPTION_KEYS: add the key that they were encrypted with, or enter them again`);
    return lost === 0 ? 0 : 1;
  },
});
