import { sealPlainHeaders } from '@higress/catalog';
import { deriveKeys, readSettings } from '@higress/config';
import { reseal, Sealer } from '@higress/database';
import { defineCommand } from '../command';
import { textTable } from '../text-table';
import { withDatabase } from '../with-database';
import { SEALED_COLUMNS } from './sealed-columns';

export const secretsRotate = defineCommand({
  name: 'secrets rotate',
  summary: 'Brings everything that is encrypted under the newest key of ENCRYPTION_KEYS. Exits with 1 when something cannot be opened.',
  notes: 'First add the new key to ENCRYPTION_KEYS of every service and restart them; then run this; then take the old key away. Running it again does no harm.',
  run: async ({ print }) => {
    const settings = readSettings('ctl');
    const { encryption } = deriveKeys(settings);
    const sealer = new Sealer(encryption);
    const { plain, results } = await withDatabase(settings, async (database) => ({ plain: await sealPlainHeaders(database, sealer), results: await reseal(database, sealer, SEALED_COLUMNS) }));
    for (const line of textTable(['COLUMN', 'REWRAPPED', 'WERE CURRENT', 'LOST'], results.map(({ table, column, resealed, current, lost }) => [`${table}.${column}`, String(resealed), String(current), String(lost)]))) print(line);
    if (plain > 0) print(`the headers of ${plain} providers were not encrypted yet, and are now`);
    const lost = results.reduce((sum, result) => sum + result.lost, 0);
    print(lost === 0 ? `everything is under key ${Math.max(...encryption.keys())}` : `${lost} values cannot be opened with the keys of ENCRYPTION_KEYS: add the key that they were encrypted with, or enter them again`);
    return lost === 0 ? 0 : 1;
  },
});
