import { DomainError, type ErrorCode, Roster } from '@higress/kernel';
import type { BillingLog } from '../billing-log';
import { deliver } from '../postgres/deliver';
import { Lane } from '../postgres/lane';
import type { PostgresWatch } from '../postgres/postgres-watch';
import { rowsOf, type Sql } from '../postgres/sql';
import { within } from '../postgres/within';
import { encodeHold } from './encode-hold';
import { billingUnavailable, frozenAccount, refusalOf } from './hold-errors';
import { type HoldDraft, isCharged } from './hold-draft';
import type { OpenCall } from './open-call';
import type { Progress } from './progress';
import { Upkeep } from './upkeep';
import { WaitingRoom } from './waiting-room';

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
  /** How long intents may wait for company, in ms. Those of calls that are over by then are not sent. */
  readonly gatherMs: { readonly intents: number; readonly intentsOfStreams: number };
  /** Calls that may wait for their verdict at once; one more is refused. */
  readonly maxWaiting: number;
  /** Resolves when the next settle of the tenant has arrived; null when none is on its way. */
  readonly pendingSettles: (tenantId: string) => Promise<void> | null;
}

const MAX_BATCH = 500;
/** Of a call that the balance does not cover, while settles of its tenant are on their way. */
const TRIES = 3;

/** Sets money aside before calls, and keeps it aside while they run. */
export class Holds {
  private readonly lane: Lane<OpenCall>;
  private readonly open = new Roster<OpenCall>();
  private readonly waiting: WaitingRoom;
  private readonly upkeep: Upkeep;

  constructor(private readonly options: HoldsOptions) {
    const { watch, gatherMs, waitMs } = options;
    this.lane = new Lane({ maxBatch: MAX_BATCH, gatherMs: gatherMs.intentsOfStreams, mayRun: () => !watch.away, send: (batch) => this.send(batch) });
    this.waiting = new WaitingRoom(waitMs, this.open, (call) => this.giveUp(call));
    this.upkeep = new Upkeep(options, this.open);
    watch.onBack(() => {
      this.lane.wake();
      void this.upkeep.round();
    });
  }

  start(): void {
    this.upkeep.start();
  }

  /** Holds that are not sent yet. */
  get unsent(): number {
    return this.lane.size;
  }

  /**
   * Sets the amount aside and waits until it is. A call that charges nobody, or afterwards, and has no budget is only noted (see {@link intend}).
   * @throws DomainError INSUFFICIENT_BALANCE; BUDGET_EXCEEDED or QUOTA_*; FORBIDDEN where the account is frozen; BILLING_UNAVAILABLE when Postgres does not answer in time
   */
  async place(draft: HoldDraft): Promise<void> {
    if (!mustWait(draft)) return this.intend(draft);
    for (let triesLeft = TRIES; ; triesLeft--) {
      try {
        return await this.ask(draft);
      } catch (error) {
        const settles = isExhausted(error) && triesLeft > 1 ? this.options.pendingSettles(draft.call.tenantId) : null;
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
    if (this.upkeep.isFrozen(draft.call.tenantId)) throw frozenAccount();
    const { gatherMs } = this.options;
    this.lane.push(this.opened(draft, null), draft.call.stream ? gatherMs.intentsOfStreams : gatherMs.intents);
  }

  /** The latest that is known of a running call; replaces what was known. Cheap enough for every chunk of a stream. */
  progress({ open }: HoldDraft, progress: Progress): void {
    if (open) open.progress = progress;
  }

  /**
   * The call is over: nothing prolongs its hold any more. A hold that was not sent yet never will be.
   * `settle` runs at once, or when the batch that carries the hold has come back, so that a settle never overtakes its hold.
   */
  finish({ open: call }: HoldDraft, settle: () => void): void {
    if (!call) return settle();
    this.close(call);
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
    this.upkeep.stop();
    this.lane.stop();
    this.waiting.close();
  }

  private ask(draft: HoldDraft): Promise<void> {
    if (this.options.watch.away || this.waiting.size >= this.options.maxWaiting) return Promise.reject(billingUnavailable());
    return new Promise((resolve, reject) => {
      const call = this.opened(draft, { resolve, reject });
      this.waiting.enter(call);
      this.lane.push(call, 0);
    });
  }

  private opened(draft: HoldDraft, waiter: OpenCall['waiter']): OpenCall {
    const call: OpenCall = { draft, waiter, sinceMs: performance.now(), state: 'queued', progress: null, isWaiting: false, afterBatch: null, place: -1, dueAt: 0, seat: -1 };
    draft.open = call;
    this.open.add(call);
    return call;
  }

  private close(call: OpenCall): void {
    call.draft.open = null;
    this.open.delete(call);
  }

  private async send(batch: readonly OpenCall[]): Promise<void> {
    for (const call of batch) call.state = 'sent';
    try {
      await deliver(batch, (part) => this.sendPart(part), (call, error) => this.refuse(call, error));
    } catch (error) {
      this.options.watch.lost(error);
      this.lane.putBack(batch.filter((call) => call.state === 'sent' && this.holdOver(call)));
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
    const { requestId, tenantId } = call.draft.call;
    call.state = 'placed';
    if (verdict === 'f') this.upkeep.noteFrozen(tenantId);
    if (call.afterBatch) return call.afterBatch();
    if (!call.waiter) {
      if (verdict === 'n') this.options.log.error({ requestId, tenantId }, 'A call of a tenant without an account runs');
      return;
    }
    // Its caller was refused meanwhile.
    if (!this.waiting.leave(call)) return this.upkeep.giveBack(requestId);
    if (verdict === 'h') return call.waiter.resolve();
    this.close(call);
    call.waiter.reject(refusalOf(verdict));
  }

  /** Postgres will not have it, for what it holds: a mistake of ours. */
  private refuse(call: OpenCall, error: unknown): void {
    const { requestId } = call.draft.call;
    this.options.log.error({ err: error, requestId }, 'A hold was refused as it is');
    call.state = 'dropped';
    if (call.afterBatch) return call.afterBatch();
    if (!call.waiter || !this.waiting.leave(call)) return;
    this.close(call);
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

  /** Refuses a caller that has waited for nothing. Its hold, should it come to be, is given back. */
  private giveUp(call: OpenCall): void {
    if (!this.waiting.leave(call)) return;
    const { requestId } = call.draft.call;
    this.close(call);
    if (call.state === 'queued') {
      this.drop(call);
    } else {
      this.upkeep.giveBack(requestId);
      this.options.watch.lost(new Error(`a hold was not answered in ${this.options.waitMs} ms`));
    }
    call.waiter?.reject(billingUnavailable());
  }

  private drop(call: OpenCall): void {
    call.state = 'dropped';
    this.lane.delete(call);
  }
}

/** Whether the verdict decides over the call. */
export function mustWait(draft: HoldDraft): boolean {
  return (draft.billing === 'prepaid' && isCharged(draft)) || Boolean(draft.budget);
}

const EXHAUSTED: ReadonlySet<string> = new Set<ErrorCode>(['INSUFFICIENT_BALANCE', 'BUDGET_EXCEEDED', 'QUOTA_DAILY_EXCEEDED', 'QUOTA_MONTHLY_EXCEEDED']);

function isExhausted(error: unknown): boolean {
  return error instanceof DomainError && EXHAUSTED.has(error.code);
}
