import { NO_USAGE } from '@higress/kernel';
import type { BillingLog } from '../billing-log';
import type { HoldDraft } from '../hold/hold-draft';
import type { Holds } from '../hold/holds';
import { deliver } from '../postgres/deliver';
import { Lane, type LaneItem } from '../postgres/lane';
import type { PostgresWatch } from '../postgres/postgres-watch';
import { rowsOf, type Sql } from '../postgres/sql';
import { within } from '../postgres/within';
import type { Segment } from '../spool/segment';
import type { Spool } from '../spool/spool';
import { encodeSettle } from './encode-settle';
import type { PendingSettles } from './pending-settles';
import type { Outcome, SettleRecord } from './settle-record';

export interface SettlerOptions {
  readonly sql: Sql;
  readonly watch: PostgresWatch;
  readonly log: BillingLog;
  readonly spool: Spool;
  readonly holds: Holds;
  readonly pending: PendingSettles;
  /** How long a record may wait for company, in ms. */
  readonly gatherMs: number;
  /** How long Postgres may take over a batch, in ms. */
  readonly answerMs: number;
  /** Records in memory at most; more wait in the spool alone. */
  readonly maxInMemory: number;
  /** Hears what prepaid accounts could not give. */
  readonly onUncollected: (nanoUsd: bigint) => void;
  /** Hears of each record that Postgres refuses for what it holds. */
  readonly onRejected: () => void;
}

/** A record on its way. `segment` is where it is spooled, null where it could not be; `tenantId` is null when it was read back. */
interface Entry extends LaneItem {
  readonly line: string;
  readonly segment: Segment | null;
  readonly tenantId: string | null;
  readonly atMs: number;
  sent: boolean;
}

/** A record that is not in the spool yet. */
interface Accepted {
  readonly hold: HoldDraft;
  readonly line: string;
  readonly kept: () => void;
}

const MAX_BATCH = 500;

/** Charges calls when they are over: first into the spool, which outlives this process, then into Postgres. */
export class Settler {
  private readonly lane: Lane<Entry>;
  private accepted: Accepted[] = [];

  constructor(private readonly options: SettlerOptions) {
    this.lane = new Lane({ maxBatch: MAX_BATCH, gatherMs: options.gatherMs, mayRun: () => !options.watch.away, send: (batch) => this.send(batch) });
    options.watch.onBack(() => this.wake());
  }

  /** Age of the oldest record that Postgres has not confirmed, in seconds; 0 when there is none. */
  get lagSeconds(): number {
    const oldestMs = Math.min(this.lane.oldest?.atMs ?? Infinity, this.options.spool.oldestLeftMs);
    return oldestMs === Infinity ? 0 : Math.max(0, Date.now() - oldestMs) / 1000;
  }

  /** Bytes in the spool that Postgres has not confirmed. */
  get pendingBytes(): number {
    return this.options.spool.pendingBytes;
  }

  /**
   * Charges a call that a provider answered. When it resolves, at the end of this turn of the event loop, the charge survives this process:
   * what one turn has to charge is one write. Never rejects.
   */
  settle(record: SettleRecord): Promise<void> {
    return this.accept(record.hold, encodeSettle(record));
  }

  /** Ends a call that nobody answered: nothing is charged, the whole hold goes back, and a usage row of cost 0 tells of it. Resolves as {@link settle} does. */
  release(hold: HoldDraft, outcome: Outcome): Promise<void> {
    const { provider, upstreamModel } = hold.call;
    return this.accept(hold, encodeSettle({ ...outcome, hold, provider, upstreamModel, usage: NO_USAGE, costNanoUsd: 0n, answered: false }));
  }

  /** Sends what is waiting: after the spool was found to hold more. */
  wake(): void {
    this.keep();
    this.refill();
    this.lane.wake();
  }

  /** Resolves when Postgres has confirmed everything, the spool's part too. */
  async idle(): Promise<void> {
    do {
      this.wake();
      await this.lane.idle();
    } while (this.options.spool.hasLeft);
  }

  stop(): void {
    this.keep();
    this.lane.stop();
  }

  private accept(hold: HoldDraft, line: string): Promise<void> {
    return new Promise((kept) => {
      if (this.accepted.push({ hold, line, kept }) === 1) setImmediate(() => this.keep());
    });
  }

  /** Writes what was accepted into the spool. */
  private keep(): void {
    const { spool, holds, pending, maxInMemory } = this.options;
    const { accepted } = this;
    if (accepted.length === 0) return;
    this.accepted = [];
    if (!spool.isLeaving && this.lane.size + accepted.length > maxInMemory) spool.leaveFromHere();
    const segment = spool.append(accepted.map(({ line }) => line));
    const isLeft = segment !== null && spool.isLeaving;
    for (const { hold, line, kept } of accepted) {
      const { tenantId } = hold.call;
      if (isLeft) holds.finish(hold, () => undefined);
      else {
        pending.add(tenantId);
        holds.finish(hold, () => this.lane.push(entryOf(line, segment, tenantId, Date.now())));
      }
      kept();
    }
  }

  private refill(): void {
    const { spool } = this.options;
    while (this.lane.size < MAX_BATCH && spool.hasLeft) {
      for (const { line, segment, atMs } of spool.readLeft()) this.lane.push(entryOf(line, segment, null, atMs));
    }
  }

  private async send(batch: readonly Entry[]): Promise<void> {
    try {
      await deliver(batch, (part) => this.sendPart(part), (entry, error) => this.reject(entry, error));
    } catch (error) {
      this.options.watch.lost(error);
      this.lane.putBack(batch.filter(({ sent }) => !sent));
    }
    this.refill();
  }

  private async sendPart(entries: readonly Entry[]): Promise<void> {
    const { sql, answerMs, log, onUncollected } = this.options;
    const text = `[${entries.map(({ line }) => line).join()}]`;
    const [row] = await within(answerMs, rowsOf<{ corrected: number; uncollected_nano: string }>(sql, 'select corrected, uncollected_nano from billing_settle($1)', [text]));
    for (const entry of entries) this.done(entry);
    if (!row) return;
    if (row.corrected > 0) log.warn({ corrected: row.corrected }, 'Charges came after their holds had lapsed, and were corrected');
    if (row.uncollected_nano === '0') return;
    log.error({ uncollectedNanoUsd: row.uncollected_nano }, 'Prepaid accounts could not give what their calls cost');
    onUncollected(BigInt(row.uncollected_nano));
  }

  private reject(entry: Entry, error: unknown): void {
    this.options.log.error({ err: error }, 'Postgres refuses a charge for what it holds; it is kept aside');
    this.options.spool.setAside(entry.line, 'rejected', entry.segment);
    this.options.onRejected();
    this.done(entry);
  }

  private done(entry: Entry): void {
    if (entry.sent) return;
    entry.sent = true;
    if (entry.segment) this.options.spool.done(entry.segment, entry.line);
    if (entry.tenantId) this.options.pending.remove(entry.tenantId);
  }
}

function entryOf(line: string, segment: Segment | null, tenantId: string | null, atMs: number): Entry {
  return { line, segment, tenantId, atMs, sent: false, place: -1, dueAt: 0 };
}
