import { readSettings } from '@higress/config';
import { migrateDown } from '@higress/database';
import { defineCommand } from '../command';
import { UsageError } from '../usage-error';
import { dataSourceOf, naming } from '../with-database';

export const migrateDownCommand = defineCommand({
  name: 'migrate down',
  args: ['[steps]'],
  summary: 'Takes back the newest migration, or the newest few. Their tables go, with what is in them.',
  run: async ({ args: [steps = '1'], print }) => {
    if (!/^[1-9]\d{0,3}$/.test(steps)) throw new UsageError('[steps] must be a number from 1', 'migrate down');
    const settings = readSettings('ctl-database');
    const undone = await naming(settings.DATABASE_URL, () => migrateDown(dataSourceOf(settings), Number(steps)));
    for (const name of undone) print(`took back ${name}`);
    if (undone.length === 0) print('nothing to take back: no migration is applied');
  },
});
