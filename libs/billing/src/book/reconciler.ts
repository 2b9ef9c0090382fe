import { formatUsd, type NanoUsd } from '@higress/kernel';
import type { BillingLog } from '../billing-log';
import { rowsOf, type Sql } from '../postgres/sql';
import { Accounts } from './accounts.repository';

/** An account that does not agree with its ledger or with its holds. */
export interface Difference {
  readonly tenantId: string;
  readonly postedNanoUsd: NanoUsd;
  /** The sum of its ledger entries. */
  readonly ledgerNanoUsd: NanoUsd;
  readonly heldNanoUsd: NanoUsd;
  /** The sum of its open holds. */
  readonly holdsNanoUsd: NanoUsd;
}

/** A budget that holds something else than the calls that run. In its unit: nano-USD, tokens or requests. */
export interface BudgetDifference {
  readonly budgetId: string;
  readonly tenantId: string;
  readonly keyId: string | null;
  readonly held: bigint;
  readonly holds: bigint;
}

export interface ReconcilerOptions {
  readonly sql: Sql;
  readonly log: BillingLog;
  /** Raises the alarm. */
  readonly onDifference?: (difference: Difference) => void;
  /** The same for a budget. */
  readonly onBudgetDifference?: (difference: BudgetDifference) => void;
}

/** Compares the book with itself. What differs is frozen and told, and never put right here: only a person knows which side is true. */
export class Reconciler {
  constructor(private readonly options: ReconcilerOptions) {}

  /** `fromStart` reads the whole ledger instead of what is new since the last agreement. */
  async run({ fromStart = false } = {}): Promise<Difference[]> {
    const differences = await this.differences({ fromStart });
    const accounts = new Accounts(this.options.sql);
    for (const difference of differences) {
      const reason = reasonOf(difference);
      this.options.log.error({ tenantId: difference.tenantId, reason }, 'An account is frozen');
      this.options.onDifference?.(difference);
      await accounts.freeze(difference.tenantId, reason);
    }
    // A budget is no money: a wrong one is told, and nobody is stopped for it.
    for (const difference of await this.budgetDifferences()) {
      this.options.log.error({ budget: difference.budgetId, tenantId: difference.tenantId, held: String(difference.held), holds: String(difference.holds) }, 'A budget holds something else than the calls that run');
      this.options.onBudgetDifference?.(difference);
    }
    return differences;
  }

  /** Only looks. */
  async budgetDifferences(): Promise<BudgetDifference[]> {
    const rows = await rowsOf<{ budget_id: string; tenant_id: string; key_id: string | null; held: string; holds: string }>(this.options.sql, 'select * from billing_check_budgets()');
    return rows.map((row) => ({ budgetId: row.budget_id, tenantId: row.tenant_id, keyId: row.key_id, held: BigInt(row.held), holds: BigInt(row.holds) }));
  }

  /** Only looks. */
  async differences({ fromStart = false } = {}): Promise<Difference[]> {
    const rows = await rowsOf<{ tenant_id: string; posted_nano: string; ledger_nano: string; held_nano: string; holds_nano: string }>(this.options.sql, 'select * from billing_check($1)', [fromStart]);
    return rows.map((row) => ({
      tenantId: row.tenant_id,
      postedNanoUsd: BigInt(row.posted_nano),
      ledgerNanoUsd: BigInt(row.ledger_nano),
      heldNanoUsd: BigInt(row.held_nano),
      holdsNanoUsd: BigInt(row.holds_nano),
    }));
  }
}

function reasonOf({ postedNanoUsd, ledgerNanoUsd, heldNanoUsd, holdsNanoUsd }: Difference): string {
  const parts = [];
  if (postedNanoUsd !== ledgerNanoUsd) parts.push(`posted ${formatUsd(postedNanoUsd)} USD, ledger ${formatUsd(ledgerNanoUsd)} USD`);
  if (heldNanoUsd !== holdsNanoUsd) parts.push(`held ${formatUsd(heldNanoUsd)} USD, holds ${formatUsd(holdsNanoUsd)} USD`);
  return `the book differs: ${parts.join('; ')}`;
}
