import { join } from 'node:path';
import { loadScript } from '@higress/redis';
import type { Decision, Reading } from '../decision';
import { WINDOWS, type WindowLimit } from '../limits';
import type { Scope } from '../scope';
import type { Command } from './command';
import { KeyPositions } from './key-positions';

/** A call that waits for Redis's decision; its scopes share a slot. */
export interface Admission {
  readonly scopes: readonly Scope[];
  readonly id: string;
  readonly tokens: number;
  decided(decision: Decision): void;
  failed(error: Error): void;
}

export const ADMIT = loadScript(join(__dirname, 'admit.lua'));
const NUMBERS_PER_WINDOW = 3;
const VERDICTS_PER_SCOPE = 16;
const NO_LIMIT_HERE = -1;

/** What the scripts know of the windows. */
export const WINDOW_RULES = JSON.stringify(WINDOWS.map(({ name, lengthMs, counts, aligned, slides }) => ({ name, lengthMs, tokens: counts === 'tokens', aligned, slides })));

/** One script call that decides all of `admissions`, in their order. */
export function admitCommand(admissions: readonly Admission[], leaseMs: number, nowMs: number | ''): Command {
  const positions = new KeyPositions();
  const rows: number[][] = [];
  const scopes = new Map<string, number>();
  const calls = admissions.map(({ scopes: wanted, id, tokens }) => {
    const call: (string | number)[] = [wanted.some(hasLeases) ? id : '', tokens];
    for (const scope of wanted) {
      let position = scopes.get(scope.countersKey);
      if (position === undefined) scopes.set(scope.countersKey, (position = rows.push(rowOf(scope, positions))));
      call.push(position);
    }
    return call;
  });
  return {
    script: ADMIT,
    keys: positions.keys,
    args: [WINDOW_RULES, JSON.stringify(rows), JSON.stringify(calls), leaseMs, nowMs],
    done: (reply) => readReply(admissions, reply as number[]),
    failed: (error) => admissions.forEach((admission) => admission.failed(error)),
  };
}

function rowOf(scope: Scope, positions: KeyPositions): number[] {
  const { limits } = scope;
  const row = [positions.of(scope.countersKey), hasLeases(scope) ? positions.of(scope.leasesKey) : 0, limits.concurrent ?? NO_LIMIT_HERE];
  for (const { name } of WINDOWS) row.push(limits[name] ?? NO_LIMIT_HERE);
  return row;
}

function hasLeases(scope: Scope): boolean {
  return scope.limits.concurrent !== null;
}

function readReply(admissions: readonly Admission[], reply: readonly number[]): void {
  const nowMs = reply[0] as number;
  let at = 1;
  for (const admission of admissions) {
    const verdict = reply[at] as number;
    at += 1;
    const readings: Reading[] = [];
    for (const scope of admission.scopes) {
      for (const window of WINDOWS) {
        const limit = scope.limits[window.name];
        if (limit === null) continue;
        readings.push({ scope, window, limit, current: reply[at] as number, previous: reply[at + 1] as number, elapsedMs: reply[at + 2] as number });
        at += NUMBERS_PER_WINDOW;
      }
    }
    admission.decided({ refusedBy: refusal(admission.scopes, verdict), readings, nowMs });
  }
}

function refusal(scopes: readonly Scope[], verdict: number): Decision['refusedBy'] {
  if (verdict === 0) return null;
  const limit: WindowLimit | undefined = WINDOWS[(verdict % VERDICTS_PER_SCOPE) - 1];
  return { scope: scopes[Math.floor(verdict / VERDICTS_PER_SCOPE)] as Scope, limit: limit ?? 'concurrent' };
}
