import { type Budget, type BudgetPeriod, type BudgetUnit, nextPeriodStart, uuidv7 } from '@higress/kernel';
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
}

/** Budgets of tenants and keys. Works inside a transaction too: give it the transaction's `EntityManager`. */
export class Budgets {
  constructor(private readonly sql: Sql) {}

  /** What is used of each in its present period, by period and unit. Changes nothing: a period that is over counts as nothing used. */
  async of({ tenantId, keyId }: BudgetOwner): Promise<BudgetState[]> {
    const rows = await rowsOf<Row>(
      this.sql,
      `select period, unit, cap, case when over then 0 else spent end as spent, case when over then 0 else held end as held, nullif(start, '-infinity') as period_start, at
       from (select b.*, n.at, budget_period_start(period, n.at) as start, period_start < budget_period_start(period, n.at) as over from budgets b, (select clock_timestamp() as at) n
             where owner_id = $1) present
       order by array_position('{daily,weekly,monthly,total}'::text[], period), unit`,
      [keyId ?? tenantId],
    );
    return rows.map(toState);
  }

  /**
   * Makes these the owner's only budgets. One that was there keeps what is spent of it; a new one begins with nothing spent.
   * Calls that run stay held where their budget stays. Within a transaction that locks accounts, do that first.
   */
  async replace({ tenantId, keyId }: BudgetOwner, wanted: readonly Budget[]): Promise<void> {
    const owner = keyId ?? tenantId;
    // In order of their ids, as calls lock them.
    await this.sql.query('select from budgets where owner_id = $1 order by id for update', [owner]);
    const named = wanted.map(({ period, unit }) => `${period} ${unit}`);
    await this.sql.query("delete from budgets where owner_id = $1 and period || ' ' || unit <> all ($2)", [owner, named]);
    for (const { period, unit, cap } of wanted) {
      await this.sql.query(
        `insert into budgets (id, tenant_id, key_id, owner_id, period, unit, cap, period_start) values ($1, $2, $3, $4, $5, $6, $7, budget_period_start($5, clock_timestamp()))
         on conflict (owner_id, period, unit) do update set cap = excluded.cap, updated_at = now() where budgets.cap <> excluded.cap`,
        [uuidv7(), tenantId, keyId, owner, period, unit, cap.toString()],
      );
    }
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
  };
}
