import { stat } from 'node:fs/promises';
import { readSettings } from '@higress/config';
import { BackupError, backUp } from '@higress/database';
import { defineCommand } from '../command';
import { Fault } from '../fault';
import { naming } from '../with-database';

export const backup = defineCommand({
  name: 'backup',
  summary: 'Writes everything in Postgres into one file, as of one moment, while the services run.',
  args: ['[file]'],
  notes: 'Without a name: backup-<time>.gz here. ENCRYPTION_KEYS, KEY_PEPPER and JWT_SECRET_KEY are not in it: keep them elsewhere, for without them no key works and nothing sealed opens.',
  run: async ({ args: [named], print }) => {
    const { DATABASE_URL } = readSettings('ctl-database');
    const file = named ?? `backup-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}.gz`;
    if (await stat(file).catch(() => null)) throw new Fault(`${file} is there already: name another file.`);
    const { tables, rows, schema } = await naming(DATABASE_URL, () => backUp(DATABASE_URL, file)).catch((error: unknown) => {
      throw error instanceof BackupError ? new Fault(`${error.message}.`, { cause: error }) : error;
    });
    print(`wrote ${file}: ${rows} rows of ${tables} tables, ${(await stat(file)).size} bytes, schema ${schema}`);
  },
});
