import { type Budget, type BudgetPeriod, type BudgetUnit, nextPeriodStart } from '@higress/kernel';
import { rowsOf, type Sql } from '../postgres/sql';

/** A budget and what of it is used. Amounts are nano-USD, tokens or requests. */
export interface BudgetState extends Budget {
  /** By settled calls of this period. It may exceed the cap where calls used more than was estimated. */
  readonly spent: bigint;
  /** By calls that run: the most that they may use. */
  readonly held: bigint;
  /** Null for a total. */
  readonly periodStart: Date | null;
  /** When nothing is spent again; null for a total. */
  readonly resetsAt: Date | null;
  /** `file`: gateway.yaml declares it, and nobody else changes it. */
  readonly managedBy: 'api' | 'file';
}

/** Whose budgets: a key's, or a tenant's own. */
export interface BudgetOwner {
  readonly tenantId: string;
  readonly keyId: string | null;
}

interface Row {
  period: BudgetPeriod;
  unit: BudgetUnit;
  cap: string;
  spent: string;
  held: string;
  period_start: Date | null;
  at: Date;
  managed_by: 'api' | 'file';
}

/** Budgets of tenants and keys. Works inside a transaction too: give it the transaction's `EntityManager`. */
export class Budgets {
  constructor(private readonly sql: Sql) {}

  /** What is used of each in its present period, by period and unit. Changes nothing: a period that is over counts as nothing used. */
  async of({ tenantId, keyId }: BudgetOwner): Promise<BudgetState[]> {
    const rows = await rowsOf<Row>(
      this.sql,
      `select period, unit, cap, case when over then 0 else spent end as spent, case when over then 0 else held end as held, nullif(start, '-infinity') as period_start, at, managed_by
       from (select b.*, n.at, budget_period_start(period, n.at) as start, period_start < budget_period_start(period, n.at) as over from budgets b, (select clock_timestamp() as at) n
             where owner_id = $1) present
       order by array_position('{daily,weekly,monthly,total}'::text[], period), unit`,
      [keyId ?? tenantId],
    );
    return rows.map(toState);
  }

  /**
   * Makes these the owner's only budgets, and tells whether that changed anything. One that was there keeps what is spent of it; a new one begins with nothing
   * spent. Within a transaction that locks accounts, do that first.
   */
  async replace({ tenantId, keyId }: BudgetOwner, wanted: readonly Budget[]): Promise<boolean> {
    const rows = wanted.map(({ period, unit, cap }) => [period, unit, cap.toString()]);
    const [row] = await rowsOf<{ changed: boolean }>(this.sql, 'select replace_budgets($1, $2, $3) as changed', [tenantId, keyId, JSON.stringify(rows)]);
    return row?.changed === true;
  }
}

function toState(row: Row): BudgetState {
  return {
    period: row.period,
    unit: row.unit,
    cap: BigInt(row.cap),
    spent: BigInt(row.spent),
    held: BigInt(row.held),
    periodStart: row.period_start,
    resetsAt: nextPeriodStart(row.period, row.at),
    managedBy: row.managed_by,
  };
}
