import type { BillingLog } from './billing-log';
import { Holds } from './hold/holds';
import { PostgresWatch } from './postgres/postgres-watch';
import type { Sql } from './postgres/sql';
import { PendingSettles } from './settle/pending-settles';
import { Settler } from './settle/settler';
import { Spool } from './spool/spool';

export interface BillingOptions {
  /** At least three connections that nobody else takes: for holds, for settles, and for a look whether Postgres is there. */
  readonly sql: Sql;
  /** Folder of the spool, on a volume that outlives the process. */
  readonly spoolDir: string;
  readonly log: BillingLog;
  /** How long a prepaid call waits for its hold, in ms (2,000). */
  readonly holdWaitMs?: number;
  /** How long the hold of a crashed call lives, in s (120). */
  readonly holdLifeSeconds?: number;
  /** Time between two rounds that prolong the holds of running calls, in ms (10,000). */
  readonly prolongMs?: number;
  /** How long what nobody waits for, intents and settles, may wait for company, in ms (settles 25, intents of streams 10, others 100). */
  readonly gatherMs?: number;
  /** Settles in memory at most while Postgres is away (5,000). */
  readonly maxSettlesInMemory?: number;
  /** Size of one file of the spool, in bytes (8 MiB). */
  readonly maxSegmentBytes?: number;
  readonly onUncollected?: (nanoUsd: bigint) => void;
  readonly onRejected?: () => void;
}

const DEFAULTS = { holdWaitMs: 2_000, holdLifeSeconds: 120, prolongMs: 10_000, maxSettlesInMemory: 5_000, maxSegmentBytes: 8 * 1024 * 1024 };
/** A stream is seen by its client before it is settled: its trace must be there soon. Most whole answers are settled before theirs is due. */
const GATHER_MS = { settles: 25, intentsOfStreams: 10, intents: 100 };
const SETTLE_ANSWER_MS = 5_000;
const MAX_WAITING_HOLDS = 5_000;

/** A pod's part of the money: holds before calls, settles after them. */
export class Billing {
  readonly holds: Holds;
  readonly settler: Settler;
  private readonly spool: Spool;
  private readonly watch: PostgresWatch;
  private stopped = false;

  constructor(options: BillingOptions) {
    const { sql, log } = options;
    const settings = { ...DEFAULTS, ...options };
    const gatherMs = options.gatherMs === undefined ? GATHER_MS : { settles: options.gatherMs, intentsOfStreams: options.gatherMs, intents: options.gatherMs };
    const pending = new PendingSettles();
    this.watch = new PostgresWatch(sql, log);
    this.spool = new Spool({ dir: options.spoolDir, log, maxSegmentBytes: settings.maxSegmentBytes });
    this.holds = new Holds({
      sql, log, gatherMs, watch: this.watch, waitMs: settings.holdWaitMs, lifeSeconds: settings.holdLifeSeconds, prolongMs: settings.prolongMs,
      maxWaiting: MAX_WAITING_HOLDS, pendingSettles: (tenantId) => pending.next(tenantId),
    });
    this.settler = new Settler({
      sql, log, gatherMs: gatherMs.settles, pending, watch: this.watch, spool: this.spool, holds: this.holds, answerMs: SETTLE_ANSWER_MS, maxInMemory: settings.maxSettlesInMemory,
      onUncollected: options.onUncollected ?? (() => undefined), onRejected: options.onRejected ?? (() => undefined),
    });
  }

  /** True while Postgres cannot be written to: prepaid calls are refused, charges wait. */
  get isPostgresAway(): boolean {
    return this.watch.away;
  }

  /**
   * Opens the spool, and settles what this host's dead processes left in it.
   * @throws when the folder cannot be written to: without a spool no call may be answered
   */
  start(): void {
    this.spool.start(() => this.settler.wake());
    this.holds.start();
  }

  /** Resolves when Postgres has confirmed everything that was asked for until now. */
  async idle(): Promise<void> {
    await this.holds.idle();
    await this.settler.idle();
  }

  /** Sends what is waiting, for `graceMs` at most; the rest stays in the spool. Calls must have ended before. */
  async stop(graceMs: number): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.idle(), new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))]);
    clearTimeout(timer);
    this.watch.stop();
    this.holds.stop();
    this.settler.stop();
    this.spool.stop();
  }
}
