import { readSettings } from '@higress/config';
import { createDatabaseIfMissing, migrateUp } from '@higress/database';
import { defineCommand } from '../command';
import { dataSourceOf, naming } from '../with-database';

export const migrateUpCommand = defineCommand({
  name: 'migrate up',
  summary: 'Creates the database where it is missing, and applies the migrations that are.',
  notes: 'Safe to run from several places at once, and while the services run.',
  run: async ({ print }) => {
    const settings = readSettings('ctl-database');
    await naming(settings.DATABASE_URL, async () => {
      if (await createDatabaseIfMissing(settings.DATABASE_URL)) print('created the database');
      const applied = await migrateUp(dataSourceOf(settings));
      for (const name of applied) print(`applied ${name}`);
      if (applied.length === 0) print('nothing to apply: the schema is current');
    });
  },
});
