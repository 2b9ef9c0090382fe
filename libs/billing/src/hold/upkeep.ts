import type { Roster } from '@higress/kernel';
import type { BillingLog } from '../billing-log';
import { deliver } from '../postgres/deliver';
import type { PostgresWatch } from '../postgres/postgres-watch';
import { rowsOf, type Sql } from '../postgres/sql';
import { within } from '../postgres/within';
import { encodeProgress } from './encode-hold';
import type { OpenCall } from './open-call';

export interface UpkeepOptions {
  readonly sql: Sql;
  readonly watch: PostgresWatch;
  readonly log: BillingLog;
  /** How long Postgres may take over one statement, in ms. */
  readonly waitMs: number;
  /** How long a hold lives that nobody prolongs, in s. */
  readonly lifeSeconds: number;
  /** Time between two rounds, in ms. */
  readonly prolongMs: number;
}

const MAX_BATCH = 500;
/** A call that nobody ends is not prolonged for ever: its hold lapses. */
const LONGEST_CALL_MS = 3_600_000;
/** How long a hold that nobody waits for is looked for: the batch that carried it may still be at work in Postgres. */
const VOID_FOR_MS = 60_000;

/** What is done for all holds from time to time: running calls are prolonged with their progress, unwanted holds given back, frozen accounts learnt. */
export class Upkeep {
  private frozen = new Set<string>();
  private readonly unwanted = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private running = false;

  constructor(
    private readonly options: UpkeepOptions,
    private readonly open: Roster<OpenCall>,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.round(), this.options.prolongMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  isFrozen(tenantId: string): boolean {
    return this.frozen.has(tenantId);
  }

  /** Until the next round says otherwise. */
  noteFrozen(tenantId: string): void {
    this.frozen.add(tenantId);
  }

  /** The caller of this hold was refused before its verdict came: should the hold come to be, it is given back. */
  giveBack(requestId: string): void {
    this.unwanted.set(requestId, performance.now() + VOID_FOR_MS);
  }

  async round(): Promise<void> {
    if (this.running || this.options.watch.away) return;
    this.running = true;
    try {
      await this.sendUnwanted();
      const calls = this.placedCalls();
      // An empty round too: it brings news of frozen accounts.
      for (let from = 0; from === 0 || from < calls.length; from += MAX_BATCH) await this.prolong(calls.slice(from, from + MAX_BATCH));
    } catch (error) {
      this.options.watch.lost(error);
    } finally {
      this.running = false;
    }
  }

  private placedCalls(): OpenCall[] {
    const oldest = performance.now() - LONGEST_CALL_MS;
    const calls: OpenCall[] = [];
    for (const call of this.open) {
      if (call.sinceMs < oldest) this.open.delete(call);
      else if (call.state === 'placed') calls.push(call);
    }
    return calls;
  }

  private prolong(calls: readonly OpenCall[]): Promise<void> {
    const refuse = (call: OpenCall, error: unknown) => {
      this.options.log.error({ err: error, requestId: call.draft.call.requestId }, 'The progress of a call was refused as it is');
      call.progress = null;
    };
    return deliver(calls, (part) => this.sendProgress(part), refuse);
  }

  private async sendProgress(calls: readonly OpenCall[]): Promise<void> {
    const { sql, waitMs, lifeSeconds } = this.options;
    const text = `[${calls.map(({ draft, progress }) => encodeProgress(draft.call.requestId, progress)).join()}]`;
    const [row] = await within(waitMs, rowsOf<{ frozen: string[] }>(sql, 'select billing_progress($1, make_interval(secs => $2)) as frozen', [text, lifeSeconds]));
    this.frozen = new Set(row?.frozen);
  }

  private async sendUnwanted(): Promise<void> {
    if (this.unwanted.size === 0) return;
    const { sql, waitMs } = this.options;
    const rows = await within(waitMs, rowsOf<{ request_id: string }>(sql, 'select request_id from billing_void($1::uuid[]) as request_id', [[...this.unwanted.keys()]]));
    for (const { request_id: requestId } of rows) this.unwanted.delete(requestId);
    const now = performance.now();
    for (const [requestId, until] of this.unwanted) if (until < now) this.unwanted.delete(requestId);
  }
}
