import { join } from 'node:path';
import { evalScript, keepLoaded, loadScript, type RedisConnection } from '@higress/redis';
import type { Scope } from './scope';

const SCRIPT = loadScript(join(__dirname, 'redis/renew.lua'));

export interface RunningLeasesOptions {
  readonly redis: RedisConnection;
  readonly leaseMs: number;
  /** A call that has not ended after this is renewed no more: whoever held its permit has lost it. */
  readonly maxPermitMs: number;
}

/** The leases that this process must keep alive, because their calls still run. */
export class RunningLeases {
  readonly #running = new Map<string, { readonly scopes: readonly Scope[]; readonly untilMs: number }>();

  constructor(private readonly options: RunningLeasesOptions) {
    // Sent again for want of the script, a renewal could overtake the end of its call.
    keepLoaded(options.redis, [SCRIPT]);
  }

  add(id: string, scopes: readonly Scope[]): void {
    const limited = scopes.filter((scope) => scope.limits.concurrent !== null);
    if (limited.length > 0) this.#running.set(id, { scopes: limited, untilMs: performance.now() + this.options.maxPermitMs });
  }

  delete(id: string): void {
    this.#running.delete(id);
  }

  get size(): number {
    return this.#running.size;
  }

  /** Prolongs them all: one script call on a single Redis, one for each slot of a cluster. Never rejects; the next turn tries again. */
  async renew(): Promise<void> {
    const { redis, leaseMs } = this.options;
    const groups = [...this.#byTag().values()];
    const calls = groups.map((keys) => evalScript(redis, SCRIPT, [...keys.keys()], [leaseMs, JSON.stringify([...keys.values()])]));
    await Promise.allSettled(calls);
  }

  /** Ids by key, by slot. */
  #byTag(): Map<string, Map<string, string[]>> {
    const nowMs = performance.now();
    const groups = new Map<string, Map<string, string[]>>();
    for (const [id, { scopes, untilMs }] of this.#running) {
      if (untilMs < nowMs) this.#running.delete(id);
      else for (const scope of scopes) entry(entry(groups, this.options.redis.isCluster ? scope.tag : '', newMap), scope.leasesKey, newList).push(id);
    }
    return groups;
  }
}

const newMap = () => new Map<string, string[]>();
const newList = (): string[] => [];

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
