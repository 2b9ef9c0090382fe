import { DomainError } from '@higress/kernel';
import type { BillingLog } from '../billing-log';
import { deliver } from '../postgres/deliver';
import { Lane } from '../postgres/lane';
import type { PostgresWatch } from '../postgres/postgres-watch';
import { rowsOf, type Sql } from '../postgres/sql';
import { within } from '../postgres/within';
import { encodeHold, encodeProgress } from './encode-hold';
import { type HoldDraft, isCharged } from './hold-draft';
import type { OpenCall } from './open-call';
import type { Progress } from './progress';

export interface HoldsOptions {
  readonly sql: Sql;
  readonly watch: PostgresWatch;
  readonly log: BillingLog;
  /** How long `place()` waits before it gives up, in ms. */
  readonly waitMs: number;
  /** How long a hold lives that nobody prolongs, in s. */
  readonly lifeSeconds: number;
  /** Time between two rounds that prolong all holds, in ms. */
  readonly prolongMs: number;
  /** How long an intent may wait for company, in ms. */
  readonly gatherMs: number;
  /** Calls that may wait for their verdict at once; one more is refused. */
  readonly maxWaiting: number;
  /** Resolves when the next settle of the tenant has arrived; null when none is on its way. */
  readonly pendingSettles: (tenantId: string) => Promise<void> | null;
}

const MAX_BATCH = 500;
const SWEEP_MS = 50;
/** Of a call that the balance does not cover, while settles of its tenant are on their way. */
const TRIES = 3;
const RETRY_AFTER_MS = 2_000;
/** A call that nobody ends is not prolonged for ever: its hold lapses. */
const LONGEST_CALL_MS = 3_600_000;
/** How long a hold that nobody waits for is looked for: the batch that carried it may still be at work in Postgres. */
const VOID_FOR_MS = 60_000;

/** Sets money aside before calls, and keeps it aside while they run. */
export class Holds {
  private readonly lane: Lane<OpenCall>;
  private readonly open = new Map<string, OpenCall>();
  private readonly waiters = new Set<OpenCall>();
  private readonly voids = new Map<string, number>();
  private frozen = new Set<string>();
  private prolongTimer: NodeJS.Timeout | undefined;
  private sweepTimer: NodeJS.Timeout | undefined;
  private prolonging = false;
  /** Calls in the lane that will not be sent. */
  private dropped = 0;

  constructor(private readonly options: HoldsOptions) {
    this.lane = new Lane({ maxBatch: MAX_BATCH, gatherMs: options.gatherMs, mayRun: () => !options.watch.away, send: (batch) => this.send(batch) });
    options.watch.onBack(() => {
      this.lane.wake();
      void this.prolong();
    });
  }

  start(): void {
    this.prolongTimer = setInterval(() => void this.prolong(), this.options.prolongMs).unref();
  }

  /** Calls that run now. */
  get openCalls(): number {
    return this.open.size;
  }

  /**
   * Sets the amount aside and waits until it is. A call that charges nobody, or afterwards, is only noted (see {@link intend}).
   * @throws DomainError INSUFFICIENT_BALANCE; FORBIDDEN where the account is frozen; BILLING_UNAVAILABLE when Postgres does not answer in time
   */
  async place(draft: HoldDraft): Promise<void> {
    if (draft.billing !== 'prepaid' || !isCharged(draft)) return this.intend(draft);
    for (let triesLeft = TRIES; ; triesLeft--) {
      try {
        return await this.ask(draft);
      } catch (error) {
        const settles = isPoor(error) && triesLeft > 1 ? this.options.pendingSettles(draft.call.tenantId) : null;
        if (!settles) throw error;
        // What finished calls of ours give back may be on its way still: only a refusal after it has arrived is one.
        await within(this.options.waitMs, settles).catch(() => undefined);
      }
    }
  }

  /**
   * Notes the call without waiting, so that a crash leaves a trace of it.
   * @throws DomainError FORBIDDEN where the account is known to be frozen
   */
  intend(draft: HoldDraft): void {
    if (this.frozen.has(draft.call.tenantId)) throw frozenAccount();
    const call: OpenCall = { draft, sinceMs: performance.now(), state: 'queued', progress: null, waiter: null, afterBatch: null };
    this.open.set(draft.call.requestId, call);
    this.lane.push(call);
  }

  /** The latest that is known of a running call; replaces what was known. Cheap enough for every chunk of a stream. */
  progress(requestId: string, progress: Progress): void {
    const call = this.open.get(requestId);
    if (call) call.progress = progress;
  }

  /**
   * The call is over: nothing prolongs its hold any more. A hold that was not sent yet never will be.
   * `settle` runs at once, or when the batch that carries the hold has come back, so that a settle never overtakes its hold.
   */
  finish(requestId: string, settle: () => void): void {
    const call = this.open.get(requestId);
    if (!call) return settle();
    this.open.delete(requestId);
    if (call.state === 'sent') {
      call.afterBatch = settle;
      return;
    }
    if (call.state === 'queued') this.drop(call);
    settle();
  }

  /** Resolves when every hold has been sent. */
  idle(): Promise<void> {
    return this.lane.idle();
  }

  stop(): void {
    clearInterval(this.prolongTimer);
    clearInterval(this.sweepTimer);
    this.lane.stop();
    for (const call of this.waiters) this.giveUp(call);
  }

  private ask(draft: HoldDraft): Promise<void> {
    if (this.options.watch.away || this.waiters.size >= this.options.maxWaiting) return Promise.reject(unavailable());
    return new Promise((resolve, reject) => {
      const call: OpenCall = { draft, sinceMs: performance.now(), state: 'queued', progress: null, waiter: { resolve, reject }, afterBatch: null };
      this.open.set(draft.call.requestId, call);
      this.waiters.add(call);
      this.sweepTimer ??= setInterval(() => this.sweep(), SWEEP_MS);
      this.lane.push(call, true);
    });
  }

  private async send(batch: readonly OpenCall[]): Promise<void> {
    const calls = batch.filter((call) => call.state === 'queued');
    this.dropped -= batch.length - calls.length;
    if (calls.length === 0) return;
    for (const call of calls) call.state = 'sent';
    try {
      await deliver(calls, (part) => this.sendPart(part), (call, error) => this.refuse(call, error));
    } catch (error) {
      this.options.watch.lost(error);
      this.lane.putBack(calls.filter((call) => call.state === 'sent' && this.holdOver(call)));
    }
  }

  private async sendPart(calls: readonly OpenCall[]): Promise<void> {
    const { sql, waitMs, lifeSeconds } = this.options;
    const text = `[${calls.map(({ draft }) => encodeHold(draft)).join()}]`;
    const [row] = await within(waitMs, rowsOf<{ verdicts: string }>(sql, 'select billing_hold($1, make_interval(secs => $2)) as verdicts', [text, lifeSeconds]));
    if (row?.verdicts.length !== calls.length) throw new Error('billing_hold() gave no verdict');
    for (const [i, call] of calls.entries()) this.judge(call, row.verdicts[i] as string);
  }

  private judge(call: OpenCall, verdict: string): void {
    call.state = 'placed';
    const { requestId, tenantId } = call.draft.call;
    if (verdict === 'f') this.frozen.add(tenantId);
    if (call.afterBatch) return call.afterBatch();
    if (!call.waiter) {
      if (verdict === 'n') this.options.log.error({ requestId, tenantId }, 'A call of a tenant without an account runs');
      return;
    }
    const { waiter } = call;
    // Its caller was refused meanwhile.
    if (!this.waiters.delete(call)) return this.giveBack(requestId);
    call.waiter = null;
    if (verdict === 'h') return waiter.resolve();
    this.open.delete(requestId);
    waiter.reject(verdict === 'b' ? new DomainError('INSUFFICIENT_BALANCE') : verdict === 'f' ? frozenAccount() : new DomainError('FORBIDDEN', { message: 'The tenant has no account.' }));
  }

  /** Postgres will not have it, for what it holds: a mistake of ours. */
  private refuse(call: OpenCall, error: unknown): void {
    const { requestId } = call.draft.call;
    this.options.log.error({ err: error, requestId }, 'A hold was refused as it is');
    call.state = 'dropped';
    if (call.afterBatch) return call.afterBatch();
    if (!call.waiter || !this.waiters.delete(call)) return;
    this.open.delete(requestId);
    call.waiter.reject(new DomainError('INTERNAL_ERROR', { cause: error }));
  }

  /** After a batch whose outcome nobody knows: true for what shall be sent again. */
  private holdOver(call: OpenCall): boolean {
    if (call.afterBatch) {
      call.state = 'dropped';
      call.afterBatch();
      return false;
    }
    if (!call.waiter) {
      call.state = 'queued';
      return true;
    }
    this.giveUp(call);
    return false;
  }

  private sweep(): void {
    const late = performance.now() - this.options.waitMs;
    for (const call of this.waiters) {
      if (call.sinceMs > late) break;
      if (call.state === 'sent') this.options.watch.lost(new Error(`a hold was not answered in ${this.options.waitMs} ms`));
      this.giveUp(call);
    }
    if (this.waiters.size > 0) return;
    clearInterval(this.sweepTimer);
    this.sweepTimer = undefined;
  }

  /** Refuses a caller that has waited for nothing. Its hold, should it come to be, is given back. */
  private giveUp(call: OpenCall): void {
    if (!this.waiters.delete(call)) return;
    this.open.delete(call.draft.call.requestId);
    if (call.state === 'sent') this.giveBack(call.draft.call.requestId);
    else this.drop(call);
    call.waiter?.reject(unavailable());
  }

  /** While nothing can be sent the lane must not grow by calls that are over. */
  private drop(call: OpenCall): void {
    call.state = 'dropped';
    this.dropped += 1;
    if (this.dropped < MAX_BATCH || this.dropped < this.lane.size / 2) return;
    this.lane.prune(({ state }) => state === 'queued');
    this.dropped = 0;
  }

  private giveBack(requestId: string): void {
    this.voids.set(requestId, performance.now() + VOID_FOR_MS);
  }

  private async prolong(): Promise<void> {
    if (this.prolonging || this.options.watch.away) return;
    this.prolonging = true;
    try {
      await this.sendVoids();
      const oldest = performance.now() - LONGEST_CALL_MS;
      const calls: OpenCall[] = [];
      for (const [requestId, call] of this.open) {
        if (call.sinceMs < oldest) this.open.delete(requestId);
        else if (call.state === 'placed') calls.push(call);
      }
      // An empty round too: it brings news of frozen accounts.
      for (let from = 0; from === 0 || from < calls.length; from += MAX_BATCH) await this.sendProgress(calls.slice(from, from + MAX_BATCH));
    } catch (error) {
      this.options.watch.lost(error);
    } finally {
      this.prolonging = false;
    }
  }

  private async sendProgress(calls: readonly OpenCall[]): Promise<void> {
    const { sql, waitMs, lifeSeconds } = this.options;
    const text = `[${calls.map(({ draft, progress }) => encodeProgress(draft.call.requestId, progress)).join()}]`;
    const [row] = await within(waitMs, rowsOf<{ frozen: string[] }>(sql, 'select billing_progress($1, make_interval(secs => $2)) as frozen', [text, lifeSeconds]));
    this.frozen = new Set(row?.frozen);
  }

  private async sendVoids(): Promise<void> {
    if (this.voids.size === 0) return;
    const rows = await within(this.options.waitMs, rowsOf<{ request_id: string }>(this.options.sql, 'select request_id from billing_void($1::uuid[]) as request_id', [[...this.voids.keys()]]));
    for (const { request_id: requestId } of rows) this.voids.delete(requestId);
    const now = performance.now();
    for (const [requestId, until] of this.voids) if (until < now) this.voids.delete(requestId);
  }
}

function isPoor(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'INSUFFICIENT_BALANCE';
}

function unavailable(): DomainError {
  return new DomainError('BILLING_UNAVAILABLE', { retryAfterMs: RETRY_AFTER_MS });
}

function frozenAccount(): DomainError {
  return new DomainError('FORBIDDEN', { message: 'The account is frozen. Its operator must look at it.' });
}
