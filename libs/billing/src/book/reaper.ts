import type { BillingLog } from '../billing-log';
import { rowsOf, type Sql } from '../postgres/sql';

export interface ReaperOptions {
  readonly sql: Sql;
  readonly log: BillingLog;
  /** How long it stands back after an outage of Postgres, in s (120): as long as a hold lives that nobody prolongs. */
  readonly graceSeconds?: number;
}

export interface Reaped {
  /** Holds that became `expired` charges. */
  readonly lapsed: number;
  /** Holds of calls that were recorded already. */
  readonly returned: number;
  /** True when it stood back: another one works, or Postgres was away a short while ago. */
  readonly waiting: boolean;
}

const BATCH = 500;

/** Ends the holds of calls that nobody prolonged: their gateway has died. Meant for every 30 s; two at once do no harm. */
export class Reaper {
  constructor(private readonly options: ReaperOptions) {}

  async run(): Promise<Reaped> {
    const { sql, log, graceSeconds = 120 } = this.options;
    let [lapsed, returned] = [0, 0];
    for (;;) {
      const [row] = await rowsOf<Reaped>(sql, 'select lapsed, returned, waiting from billing_reap($1, make_interval(secs => $2))', [BATCH, graceSeconds]);
      if (!row) throw new Error('billing_reap() returned nothing');
      lapsed += row.lapsed;
      returned += row.returned;
      if (row.lapsed + row.returned === BATCH) continue;
      if (lapsed + returned > 0) log.warn({ lapsed, returned }, 'Holds of calls that broke off were ended');
      return { lapsed, returned, waiting: row.waiting };
    }
  }
}
