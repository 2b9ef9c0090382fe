import { readSettings } from '@higress/config';
import { formatUsd } from '@higress/kernel';
import { defineCommand } from '../command';
import { textTable } from '../text-table';
import { withDatabase } from '../with-database';
import { agrees, readBook, type BookLine } from './read-book';

/** The whole ledger is read. */
const STATEMENT_TIMEOUT_MS = 600_000;

export const ledgerCheck = defineCommand({
  name: 'ledger check',
  summary: 'Adds up the ledger and the holds of every account, in USD. Exits with 1 when one differs.',
  notes: 'Reads only: a difference is frozen by the reconciliation that runs every five minutes, and put right by a person: docs/operations.md says how.',
  run: async ({ print }) => {
    const book = await withDatabase(readSettings('ctl-database'), readBook, STATEMENT_TIMEOUT_MS);
    for (const line of textTable(['TENANT', 'POSTED', 'LEDGER', 'HELD', 'HOLDS', 'STATE'], book.map(cells))) print(line);
    const wrong = book.filter((line) => !agrees(line)).length;
    print(wrong === 0 ? `the book agrees with itself (${book.length} accounts)` : `${wrong} of ${book.length} accounts differ`);
    return wrong === 0 ? 0 : 1;
  },
});

function cells(line: BookLine) {
  const state = [agrees(line) ? 'agrees' : 'DIFFERS', ...(line.frozen ? ['frozen'] : [])].join(', ');
  return [line.tenant, formatUsd(line.posted), formatUsd(line.ledger), formatUsd(line.held), formatUsd(line.holds), state];
}
