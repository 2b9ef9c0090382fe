import { readSettings } from '@higress/config';
import { BackupError, restore } from '@higress/database';
import { defineCommand } from '../command';
import { Fault } from '../fault';
import { agrees, readBook } from '../ledger/read-book';
import { naming, withDatabase } from '../with-database';

/** The whole ledger is read. */
const STATEMENT_TIMEOUT_MS = 600_000;

export const restoreCommand = defineCommand({
  name: 'restore',
  summary: 'Puts a backup into the database of DATABASE_URL, which must be missing or empty: all of it, or nothing.',
  args: ['<file>'],
  notes: 'Start no service before it is done. Then “audit verify” shows the heads of the audit, to be compared with those that you keep.',
  run: async ({ args: [file = ''], print }) => {
    const settings = readSettings('ctl-database');
    const { at, tables, rows } = await naming(settings.DATABASE_URL, () => restore(settings.DATABASE_URL, file)).catch((error: unknown) => {
      throw error instanceof BackupError ? new Fault(`${error.message}. Nothing was restored.`, { cause: error }) : error;
    });
    print(`restored ${rows} rows of ${tables} tables, as they were at ${at}`);
    const book = await withDatabase(settings, readBook, STATEMENT_TIMEOUT_MS);
    const wrong = book.filter((line) => !agrees(line)).length;
    print(wrong === 0 ? `the book agrees with itself (${book.length} accounts)` : `${wrong} of ${book.length} accounts differ, as they did in the backup: see “ledger check”`);
    return wrong === 0 ? 0 : 1;
  },
});
