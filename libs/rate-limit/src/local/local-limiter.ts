import { LRUCache } from 'lru-cache';
import type { Decision, Reading } from '../decision';
import { type ResolvedLimits, WINDOWS, type WindowLimit } from '../limits';
import type { Scope } from '../scope';
import { fits } from '../window';
import { correct, type LocalWindow, turn } from './local-window';

export interface LocalLimiterOptions {
  /** Requests per minute of one key in one process at most, whatever its limit; 0 is no such bound. */
  readonly degradeRpm: number;
  /** Processes that share a limit now. */
  readonly pods: () => number;
  /** After this a call that never ended counts no longer as running, in ms. */
  readonly maxPermitMs: number;
  readonly nowMs: () => number;
}

interface Counted {
  readonly windows: Map<WindowLimit['name'], LocalWindow>;
  /** Running requests: id by the moment they are forgotten. */
  readonly running: Map<string, number>;
}

/** Scopes counted at once; the one unused for longest is forgotten first, so memory is bounded. */
const MOST_SCOPES = 20_000;

/** The limits, counted in this process alone while Redis is away: each scope gets its share among the known processes. */
export class LocalLimiter {
  readonly #counted = new LRUCache<string, Counted>({ max: MOST_SCOPES });

  constructor(private readonly options: LocalLimiterOptions) {}

  /** Scopes that are remembered now. */
  get size(): number {
    return this.#counted.size;
  }

  decide(asked: readonly Scope[], id: string, tokens: number): Decision {
    const nowMs = this.options.nowMs();
    const scopes = asked.map((scope) => ({ ...scope, limits: this.#share(scope, asked) }));
    const before = scopes.flatMap((scope) => this.#readings(scope, nowMs));
    const refusedBy = this.#refusedBy(scopes, before, tokens, nowMs);
    if (refusedBy) return { refusedBy, readings: before, nowMs };
    for (const scope of scopes) this.#take(scope, id, tokens, nowMs);
    return { refusedBy: null, readings: scopes.flatMap((scope) => this.#readings(scope, nowMs)), nowMs };
  }

  /** Adds `requests` and `tokens` to what a call took at `atMs`, and ends it. */
  settle(scopes: readonly Scope[], id: string, atMs: number, requests: number, tokens: number): void {
    for (const scope of scopes) {
      const counted = this.#counted.get(scope.countersKey);
      if (!counted) continue;
      counted.running.delete(id);
      for (const window of WINDOWS) {
        const passed = counted.windows.get(window.name);
        if (passed) correct(passed, window, atMs, window.counts === 'tokens' ? tokens : requests);
      }
    }
  }

  #refusedBy(scopes: readonly Scope[], readings: readonly Reading[], tokens: number, nowMs: number): Decision['refusedBy'] {
    for (const scope of scopes) {
      const over = readings.find((reading) => reading.scope === scope && !fits(reading.window, reading.limit, reading, reading.window.counts === 'tokens' ? tokens : 1));
      if (over) return { scope, limit: over.window };
      if (scope.limits.concurrent !== null && this.#runningIn(scope, nowMs) >= scope.limits.concurrent) return { scope, limit: 'concurrent' };
    }
    return null;
  }

  #take(scope: Scope, id: string, tokens: number, nowMs: number): void {
    const { windows, running } = this.#of(scope);
    for (const window of WINDOWS) {
      const passed = windows.get(window.name);
      if (passed && scope.limits[window.name] !== null) passed.current += window.counts === 'tokens' ? tokens : 1;
    }
    if (scope.limits.concurrent !== null) running.set(id, nowMs + this.options.maxPermitMs);
  }

  #readings(scope: Scope, nowMs: number): Reading[] {
    const { windows } = this.#of(scope);
    return WINDOWS.flatMap((window) => {
      const limit = scope.limits[window.name];
      if (limit === null) return [];
      let passed = windows.get(window.name);
      if (!passed) windows.set(window.name, (passed = { startMs: -Infinity, current: 0, previous: 0 }));
      return [{ scope, window, limit, ...turn(passed, window, nowMs) }];
    });
  }

  #runningIn(scope: Scope, nowMs: number): number {
    const { running } = this.#of(scope);
    // In order of their ends, because each lasts equally long.
    for (const [id, untilMs] of running) {
      if (untilMs > nowMs) break;
      running.delete(id);
    }
    return running.size;
  }

  #of(scope: Scope): Counted {
    const known = this.#counted.get(scope.countersKey);
    if (known) return known;
    const fresh: Counted = { windows: new Map(), running: new Map() };
    this.#counted.set(scope.countersKey, fresh);
    return fresh;
  }

  /** The process's part of a scope's limits: at least 1 of what is not 0, lest a small limit shut everybody out. */
  #share(scope: Scope, asked: readonly Scope[]): ResolvedLimits {
    const pods = Math.max(1, this.options.pods());
    const part = (limit: number | null) => (limit === null || limit === 0 ? limit : Math.max(1, Math.floor(limit / pods)));
    const { limits } = scope;
    const rpm = part(limits.rpm);
    // A caller without a key is held by its tenant.
    const isCaller = scope.name === 'key' || (scope.name === 'tenant' && !asked.some(({ name }) => name === 'key'));
    const bound = isCaller && this.options.degradeRpm > 0 ? this.options.degradeRpm : Infinity;
    return {
      rpm: rpm === null ? null : Math.min(rpm, bound),
      tpm: part(limits.tpm),
      rpd: part(limits.rpd),
      tpd: part(limits.tpd),
      concurrent: part(limits.concurrent),
      burst: part(limits.burst),
    };
  }
}
