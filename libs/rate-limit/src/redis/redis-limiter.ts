import { evalScript, keepLoaded, type RedisConnection } from '@higress/redis';
import type { Decision } from '../decision';
import type { Scope } from '../scope';
import { type Admission, type Batch, hasLeases, isWorthSettling, type Settlement } from './asked';
import { LimitCall } from './limit-call';
import { LIMIT } from './limit-script';

export interface RedisLimiterOptions {
  /** Of the role `request`: a decision takes as long as a command of it may. */
  readonly redis: RedisConnection;
  readonly leaseMs: number;
  /** Stands for Redis's clock in tests that turn a minute. */
  readonly nowMs?: () => number;
  /** True while no other process shares the limits: then all that asks for what a call gives back asks behind it. False unless told. */
  readonly isAlone?: () => boolean;
  /** Called when Redis did not do what it was told. */
  readonly onFailure: (error: Error) => void;
}

/** Ends and admissions of one script call: enough to gain from gathering, few enough not to hold Redis up. */
const MOST_PER_SCRIPT = 256;
/** How long the end of a call may wait for an admission to travel with. */
const GATHER_MS = 5;
/** Ends of calls that wait for Redis to come back; beyond them the oldest are dropped, and their leases lapse. */
const MOST_WAITING = 10_000;

/**
 * The limits, counted in Redis. Everything that is asked within one turn of the event loop goes in one script call on a single Redis, and in one
 * per slot on a cluster, with the ends of calls of the last milliseconds.
 */
export class RedisLimiter {
  #admissions: Admission[] = [];
  #settlements: Settlement[] = [];
  #isScheduled = false;
  #gathering: NodeJS.Timeout | undefined;
  #isPaused = false;

  constructor(private readonly options: RedisLimiterOptions) {
    keepLoaded(options.redis, [LIMIT]);
  }

  /** Rejects when Redis failed: then the call may have been counted or not. */
  decide(scopes: readonly Scope[], id: string, tokens: number): Promise<Decision> {
    if (this.#isOneSlot(scopes)) return this.#ask(scopes, id, tokens);
    return this.#askEach(this.#bySlot(scopes), id, tokens);
  }

  async #askEach(parts: readonly (readonly Scope[])[], id: string, tokens: number): Promise<Decision> {
    const decisions = await Promise.allSettled(parts.map((part) => this.#ask(part, id, tokens)));
    return this.#join(parts, decisions, id, tokens);
  }

  /** Never throws. While Redis is away it is kept, so that a lease does not outlive its call. */
  settle(settlement: Settlement): void {
    const parts = this.#isOneSlot(settlement.scopes) ? [settlement] : this.#bySlot(settlement.scopes).map((scopes) => ({ ...settlement, scopes }));
    for (const part of parts) if (isWorthSettling(part)) this.#settlements.push(part);
    if (this.#settlements.length > MOST_WAITING) this.#settlements.splice(0, this.#settlements.length - MOST_WAITING);
    const mayWait = this.options.isAlone?.() === true || (settlement.requests === 0 && !settlement.scopes.some(hasLeases));
    if (!mayWait) this.#schedule();
    else this.#gathering ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  /** Holds the ends of calls back until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#settlements.length > 0) this.#schedule();
  }

  /** Sends what has been gathered, now. */
  flush(): void {
    this.#isScheduled = false;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const ends = this.#isPaused ? [] : this.#settlements;
    const admissions = this.#admissions;
    if (!this.#isPaused) this.#settlements = [];
    this.#admissions = [];
    for (const batch of this.#batches(ends, admissions)) this.#send(batch);
  }

  #send(batch: Batch): void {
    const { redis, leaseMs, nowMs } = this.options;
    const call = new LimitCall(batch);
    const argument = call.argument(leaseMs, nowMs?.() ?? 0);
    evalScript(redis, LIMIT, call.keys, [argument]).then(
      (reply) => call.tell(reply as number[]),
      (error: Error) => this.#failed(batch, error),
    );
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  #ask(scopes: readonly Scope[], id: string, tokens: number): Promise<Decision> {
    return new Promise((decided, rejected) => {
      const failed = (error: Error) => {
        this.options.onFailure(error);
        this.settle({ scopes, id, atMs: 0, requests: 0, tokens: 0 }); // it may yet be admitted, and hold a lease that nobody ends
        rejected(error);
      };
      this.#admissions.push({ scopes, id, tokens, decided, failed });
      this.#schedule();
    });
  }

  /** The first scope that is over refuses; then, and when a part failed, the parts that had admitted are given back. */
  #join(parts: readonly (readonly Scope[])[], decisions: readonly PromiseSettledResult<Decision>[], id: string, tokens: number): Decision {
    const made = decisions.flatMap((decision) => (decision.status === 'fulfilled' ? [decision.value] : []));
    const failure = decisions.find((decision) => decision.status === 'rejected');
    const refusal = made.find((decision) => decision.refusedBy);
    if (failure || refusal) {
      decisions.forEach((decision, i) => {
        if (decision.status === 'rejected' || decision.value.refusedBy) return;
        this.settle({ scopes: parts[i] ?? [], id, atMs: decision.value.nowMs, requests: -1, tokens: -tokens });
      });
    }
    if (failure) throw failure.reason;
    return { refusedBy: refusal?.refusedBy ?? null, readings: made.flatMap((decision) => decision.readings), nowMs: (made[0] as Decision).nowMs };
  }

  #isOneSlot(scopes: readonly Scope[]): boolean {
    return !this.options.redis.isCluster || scopes.every((scope) => scope.tag === scopes[0]?.tag);
  }

  #bySlot(scopes: readonly Scope[]): (readonly Scope[])[] {
    return [...groupBy(scopes, (scope) => scope.tag)];
  }

  #batches(ends: readonly Settlement[], admissions: readonly Admission[]): readonly Batch[] {
    if (!this.options.redis.isCluster) return inTurn(ends, admissions);
    const asked = [...ends.map((end) => ({ end, tag: tagOf(end) })), ...admissions.map((admission) => ({ admission, tag: tagOf(admission) }))];
    return [...groupBy(asked, ({ tag }) => tag)].flatMap((group) => inTurn(group.flatMap((item) => ('end' in item ? [item.end] : [])), group.flatMap((item) => ('admission' in item ? [item.admission] : []))));
  }

  /** Whether it ran is not known: freeing a lease twice does no harm, correcting twice would. */
  #failed({ ends, admissions }: Batch, error: Error): void {
    this.options.onFailure(error);
    for (const end of ends) this.settle({ ...end, requests: 0, tokens: 0 });
    for (const admission of admissions) admission.failed(error);
  }
}

/** One batch, or several where there is too much for one: all ends before the first admission. */
function inTurn(ends: readonly Settlement[], admissions: readonly Admission[]): Batch[] {
  const batches: Batch[] = [];
  let end = 0;
  for (; ends.length - end > MOST_PER_SCRIPT; end += MOST_PER_SCRIPT) batches.push({ ends: ends.slice(end, end + MOST_PER_SCRIPT), admissions: [] });
  for (let at = 0; at < admissions.length || end < ends.length; at += MOST_PER_SCRIPT) {
    batches.push({ ends: ends.slice(end), admissions: admissions.slice(at, at + MOST_PER_SCRIPT) });
    end = ends.length;
  }
  return batches;
}

function tagOf({ scopes }: { readonly scopes: readonly Scope[] }): string {
  return scopes[0]?.tag ?? '';
}

function groupBy<T>(items: readonly T[], groupOf: (item: T) => string): Iterable<T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(groupOf(item));
    if (group) group.push(item);
    else groups.set(groupOf(item), [item]);
  }
  return groups.values();
}
