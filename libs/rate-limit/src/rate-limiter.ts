import { randomUUID } from 'node:crypto';
import type { RedisConnection } from '@higress/redis';
import type { Decision } from './decision';
import { KnownPods } from './known-pods';
import { LocalLimiter } from './local/local-limiter';
import type { Grant, Permit } from './permit';
import { refusalOf, type RateLimitRefusal } from './rate-limit-refusal';
import { RecentRefusals } from './recent-refusals';
import { RedisLimiter } from './redis/redis-limiter';
import { RunningLeases } from './running-leases';
import { type AdmitDemand, type Scope, type ScopeRates, Scopes } from './scope';
import { NO_VIEW, viewOf } from './view';

export interface RateLimiterOptions extends ScopeRates {
  /** Of the role `request`: nothing here waits longer for Redis than one of its commands may take. Closed by whoever opened it. */
  readonly redis: RedisConnection;
  /** Bound of one key in one process while Redis is away, in requests per minute; 0 is none but the key's own share. */
  readonly degradeRpm: number;
  /** Names this process among those that share the limits; a random one unless told. */
  readonly podId?: string;
  /** Told when the in-process limiter takes over, with the reason, and when Redis is back. */
  readonly onDegraded?: (isDegraded: boolean, cause?: Error) => void;
  /** Told of every refusal, before it is thrown. */
  readonly onRefused?: (refusal: RateLimitRefusal) => void;
  /** How long a lease outlives a crash, in ms: 30,000 unless told. Renewed three times in that time. */
  readonly leaseMs?: number;
  /** The longest that a call may run, in ms: 900,000 unless told. After it its lease is no longer renewed. */
  readonly maxPermitMs?: number;
  /** Stands for both clocks, Redis's and the process's, in tests that turn a minute. */
  readonly nowMs?: () => number;
}

const LEASE_MS = 30_000;
const MAX_PERMIT_MS = 900_000;
const MOST_TOKENS = 1e12;
/** For so long a refused address is refused again without asking Redis: short, because a refund may let it in before its wait is over. */
const ADDRESS_BLOCKED_MS = 1000;

/** Who may call, and how often. Counts in Redis, and in this process while Redis is away, which it notices by itself both ways. */
export class RateLimiter {
  readonly #scopes: Scopes;
  readonly #remote: RedisLimiter;
  readonly #local: LocalLimiter;
  readonly #leases: RunningLeases;
  readonly #pods: KnownPods;
  readonly #refused = new RecentRefusals();
  #isAway = false;
  /** Redis's clock minus ours, as last seen. */
  #clockAheadMs = 0;
  #renewing: NodeJS.Timeout | undefined;

  constructor(private readonly options: RateLimiterOptions) {
    const { redis, prefix, degradeRpm, nowMs, podId = randomUUID(), leaseMs = LEASE_MS, maxPermitMs = MAX_PERMIT_MS } = options;
    this.#scopes = new Scopes(options);
    this.#remote = new RedisLimiter({ redis, leaseMs, nowMs, isAlone: () => this.#pods.count === 1, onFailure: (error) => this.#setAway(error) });
    this.#leases = new RunningLeases({ redis, leaseMs, maxPermitMs });
    this.#pods = new KnownPods({ redis, prefix, podId, onBeat: () => this.#setAway(null) });
    this.#local = new LocalLimiter({ degradeRpm, maxPermitMs, pods: () => this.#pods.count, nowMs: nowMs ?? Date.now });
  }

  /** True while the in-process limiter decides. */
  get isDegraded(): boolean {
    return this.#isAway;
  }

  /** Gateway processes that share the limits, this one included. */
  get knownPods(): number {
    return this.#pods.count;
  }

  /** Begins to renew leases, to be counted among the processes, and to notice a Redis that comes back. */
  start(): void {
    this.#pods.start();
    this.#renewing = setInterval(() => void this.#leases.renew(), (this.options.leaseMs ?? LEASE_MS) / 3).unref();
  }

  /** Sends what is gathered and stops the timers. Permits that still run keep their leases until those lapse. */
  stop(): void {
    clearInterval(this.#renewing);
    this.#remote.flush();
    this.#pods.stop();
  }

  /**
   * Takes a request, its estimated tokens and its leases at every scope, or nothing at any.
   * @throws RateLimitRefusal; never because Redis is away
   */
  admit(demand: AdmitDemand): Promise<Permit> {
    return this.#admit(this.#scopes.of(demand), demand.requestId, countable(demand.tokens));
  }

  /** Ends a call: frees its leases and corrects the tokens reserved to those used. Never throws; sent with the next turn's calls. */
  settle({ grant, degraded }: Permit, actualTokens: number): void {
    if (grant.isOver) return;
    grant.isOver = true;
    this.#end(grant, degraded, 0, countable(actualTokens) - grant.tokens);
  }

  /** Ends a call as if it had never been admitted. Never throws. */
  giveBack({ grant, degraded }: Permit): void {
    if (grant.isOver) return;
    grant.isOver = true;
    this.#end(grant, degraded, -1, -grant.tokens);
  }

  /**
   * Counts a call without valid authentication against its address.
   * @throws RateLimitRefusal (RATE_LIMIT_RPM)
   */
  async admitUnauthenticated(ip: string): Promise<void> {
    const scope = this.#scopes.ofUnauthenticated(ip);
    if (!scope) return;
    const blocked = this.#refused.find(scope.countersKey, 0, ADDRESS_BLOCKED_MS);
    if (blocked) throw this.#told(blocked);
    await this.#admit([scope], '', 0);
  }

  /** Takes the last call of `admitUnauthenticated` back: the caller turned out to be known. Never throws. */
  refundUnauthenticated(ip: string): void {
    const scope = this.#scopes.ofUnauthenticated(ip);
    if (!scope) return;
    const nowMs = this.options.nowMs?.() ?? Date.now();
    this.#end(grantOf('', [scope], 0, this.#isAway ? nowMs : nowMs + this.#clockAheadMs), this.#isAway, -1, 0);
  }

  async #admit(scopes: readonly Scope[], requestId: string, tokens: number): Promise<Permit> {
    if (scopes.length === 0) return { view: NO_VIEW, degraded: false, grant: { ...grantOf(requestId, scopes, tokens, 0), isOver: true } };
    let remote: Decision | null = null;
    if (!this.#isAway) {
      try {
        remote = await this.#remote.decide(scopes, requestId, tokens);
        this.#clockAheadMs = remote.nowMs - (this.options.nowMs?.() ?? Date.now());
      } catch {
        // Redis failed, and #remote has said so already.
      }
    }
    const degraded = remote === null;
    if (degraded) this.#refuseWhatWasRefused(scopes, tokens);
    const decision = remote ?? this.#local.decide(scopes, requestId, tokens);
    if (decision.refusedBy) throw this.#refusal(decision, decision.refusedBy, tokens, degraded);
    const grant = grantOf(requestId, scopes, tokens, decision.nowMs);
    if (!degraded && requestId !== '') this.#leases.add(grant);
    return { view: viewOf(decision), degraded, grant };
  }

  #refusal(decision: Decision, refusedBy: NonNullable<Decision['refusedBy']>, tokens: number, degraded: boolean): RateLimitRefusal {
    const refusal = refusalOf(decision, refusedBy, tokens, degraded);
    const { scope, limit } = refusedBy;
    if (limit !== 'concurrent') this.#refused.add(scope.countersKey, refusal, limit.counts === 'tokens' ? tokens : 0);
    return this.#told(refusal);
  }

  #told(refusal: RateLimitRefusal): RateLimitRefusal {
    this.options.onRefused?.(refusal);
    return refusal;
  }

  /** A limit that was reached stays reached when Redis goes away: this process alone would begin again at nothing. */
  #refuseWhatWasRefused(scopes: readonly Scope[], tokens: number): void {
    for (const scope of scopes) {
      const refusal = this.#refused.find(scope.countersKey, tokens);
      if (refusal) throw this.#told(refusal);
    }
  }

  #end(grant: Grant, degraded: boolean, requests: number, tokens: number): void {
    const { requestId, scopes, atMs } = grant;
    if (degraded) return this.#local.settle(scopes, requestId, atMs, requests, tokens);
    this.#leases.delete(grant);
    this.#remote.settle({ scopes, id: requestId, atMs, requests, tokens });
  }

  /** @param error null: Redis works */
  #setAway(error: Error | null): void {
    if (this.#isAway === (error !== null)) return;
    this.#isAway = error !== null;
    if (error) this.#remote.pause();
    else this.#remote.resume();
    this.#pods.setAway(this.#isAway);
    this.options.onDegraded?.(this.#isAway, error ?? undefined);
  }
}

function grantOf(requestId: string, scopes: readonly Scope[], tokens: number, atMs: number): Grant {
  return { requestId, scopes, tokens, atMs, isOver: false, untilMs: 0, seat: -1 };
}

/** A whole number that sums stay exact with, whatever was estimated. */
function countable(tokens: number): number {
  return tokens > 0 ? Math.min(Math.ceil(tokens), MOST_TOKENS) : 0;
}
