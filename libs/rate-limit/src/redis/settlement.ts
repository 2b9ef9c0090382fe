import { join } from 'node:path';
import { loadScript } from '@higress/redis';
import { WINDOWS } from '../limits';
import type { Scope } from '../scope';
import { WINDOW_RULES } from './admission';
import type { Command } from './command';
import { KeyPositions } from './key-positions';

/** The end of an admitted call; its scopes share a slot. */
export interface Settlement {
  readonly scopes: readonly Scope[];
  readonly id: string;
  /** When Redis admitted it, on Redis's clock. */
  readonly atMs: number;
  /** What to add to the requests: 0, or -1 when they are given back. */
  readonly requests: number;
  /** What to add to the tokens: the actual ones minus the reserved ones. */
  readonly tokens: number;
}

export const SETTLE = loadScript(join(__dirname, 'settle.lua'));

/** One script call that ends all of `settlements`. `failed` is told which: it may have run or not. */
export function settleCommand(settlements: readonly Settlement[], failed: (settlements: readonly Settlement[], error: Error) => void): Command {
  const positions = new KeyPositions();
  const calls = settlements.map(({ scopes, id, atMs, requests, tokens }) => {
    const counters = scopes.filter((scope) => isCounted(scope, requests, tokens)).map((scope) => positions.of(scope.countersKey));
    const leases = scopes.filter((scope) => scope.limits.concurrent !== null).map((scope) => positions.of(scope.leasesKey));
    return [leases.length > 0 ? id : '', atMs, requests, tokens, counters, leases];
  });
  return {
    script: SETTLE,
    keys: positions.keys,
    args: [WINDOW_RULES, JSON.stringify(calls)],
    done: () => undefined,
    failed: (error) => failed(settlements, error),
  };
}

/** False when there is nothing to tell Redis. */
export function isWorthSettling({ scopes, requests, tokens }: Settlement): boolean {
  return scopes.some((scope) => scope.limits.concurrent !== null || isCounted(scope, requests, tokens));
}

function isCounted({ limits }: Scope, requests: number, tokens: number): boolean {
  return WINDOWS.some(({ name, counts }) => limits[name] !== null && (counts === 'tokens' ? tokens : requests) !== 0);
}
