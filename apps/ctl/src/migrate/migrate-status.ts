import { readSettings } from '@higress/config';
import { migrationStatus, type MigrationState } from '@higress/database';
import { defineCommand } from '../command';
import { textTable } from '../text-table';
import { withDatabase } from '../with-database';

export const migrateStatusCommand = defineCommand({
  name: 'migrate status',
  summary: 'Lists the migrations. Exits with 1 when one is missing.',
  run: async ({ print }) => {
    const states = await withDatabase(readSettings('ctl-database'), migrationStatus);
    for (const line of textTable(['MIGRATION', 'STATE'], states.map((state) => [state.name, word(state)]))) print(line);
    return states.every((state) => state.applied) ? 0 : 1;
  },
});

function word({ applied, known }: MigrationState): string {
  if (!known) return 'applied by a newer release';
  return applied ? 'applied' : 'missing';
}
