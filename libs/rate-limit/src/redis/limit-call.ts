import type { Decision, Reading } from '../decision';
import { WINDOWS, type WindowLimit } from '../limits';
import type { Scope } from '../scope';
import { type Batch, hasLeases } from './asked';

const NUMBERS_PER_WINDOW = 3;
const VERDICTS_PER_SCOPE = 16;
const NO_LIMIT_HERE = -1;

/** One call of limit.lua: what it is given, and what its reply means. */
export class LimitCall {
  readonly keys: string[] = [];
  /** By the key of the counters, which a script must see once: where limits have just changed, the newest hold for the whole batch. */
  private readonly scopes = new Map<string, Scope>();
  private readonly positions = new Map<string, number>();

  constructor(private readonly batch: Batch) {
    for (const { scopes } of batch.ends) for (const scope of scopes) this.scopes.set(scope.countersKey, scope);
    for (const { scopes } of batch.admissions) for (const scope of scopes) this.scopes.set(scope.countersKey, scope);
  }

  /** @param nowMs 0: on Redis's clock */
  argument(leaseMs: number, nowMs: number): string {
    const rows = [...this.scopes.values()].map((scope, i) => {
      this.positions.set(scope.countersKey, i + 1);
      return rowOf(scope, this.keys);
    });
    const ends = this.batch.ends.map(({ scopes, id, atMs, requests, tokens }) => [id, atMs, requests, tokens, ...this.positionsOf(scopes)]);
    const admissions = this.batch.admissions.map(({ scopes, id, tokens }) => [id, tokens, ...this.positionsOf(scopes)]);
    return JSON.stringify([rows, ends, admissions, leaseMs, nowMs]);
  }

  /** Tells each admission what was decided about it. */
  tell(reply: readonly number[]): void {
    const nowMs = reply[0] as number;
    let at = 1;
    for (const admission of this.batch.admissions) {
      const verdict = reply[at] as number;
      at += 1;
      const judged = admission.scopes.map(({ countersKey }) => this.scopes.get(countersKey) as Scope);
      const readings: Reading[] = [];
      for (const scope of judged) {
        for (const window of WINDOWS) {
          const limit = scope.limits[window.name];
          if (limit === null) continue;
          readings.push({ scope, window, limit, current: reply[at] as number, previous: reply[at + 1] as number, elapsedMs: reply[at + 2] as number });
          at += NUMBERS_PER_WINDOW;
        }
      }
      admission.decided({ refusedBy: refusal(judged, verdict), readings, nowMs });
    }
  }

  private positionsOf(scopes: readonly Scope[]): number[] {
    return scopes.map(({ countersKey }) => this.positions.get(countersKey) as number);
  }
}

function rowOf(scope: Scope, keys: string[]): number[] {
  const { limits } = scope;
  const row = [keys.push(scope.countersKey), hasLeases(scope) ? keys.push(scope.leasesKey) : 0, limits.concurrent ?? NO_LIMIT_HERE];
  for (const { name } of WINDOWS) row.push(limits[name] ?? NO_LIMIT_HERE);
  return row;
}

function refusal(scopes: readonly Scope[], verdict: number): Decision['refusedBy'] {
  if (verdict === 0) return null;
  const limit: WindowLimit | undefined = WINDOWS[(verdict % VERDICTS_PER_SCOPE) - 1];
  return { scope: scopes[Math.floor(verdict / VERDICTS_PER_SCOPE)] as Scope, limit: limit ?? 'concurrent' };
}
