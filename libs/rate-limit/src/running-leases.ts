import { join } from 'node:path';
import { Roster } from '@higress/kernel';
import { evalScript, keepLoaded, loadScript, type RedisConnection } from '@higress/redis';
import type { Grant } from './permit';
import { hasLeases } from './redis/asked';

const SCRIPT = loadScript(join(__dirname, 'redis/renew.lua'));

export interface RunningLeasesOptions {
  readonly redis: RedisConnection;
  readonly leaseMs: number;
  /** A call that has not ended after this is renewed no more: whoever held its permit has lost it. */
  readonly maxPermitMs: number;
}

/** The leases that this process must keep alive, because their calls still run. */
export class RunningLeases {
  readonly #running = new Roster<Grant>();

  constructor(private readonly options: RunningLeasesOptions) {
    // Sent again for want of the script, a renewal could overtake the end of its call.
    keepLoaded(options.redis, [SCRIPT]);
  }

  add(grant: Grant): void {
    if (!grant.scopes.some(hasLeases)) return;
    grant.untilMs = performance.now() + this.options.maxPermitMs;
    this.#running.add(grant);
  }

  delete(grant: Grant): void {
    this.#running.delete(grant);
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
    for (const grant of this.#running) {
      if (grant.untilMs < nowMs) this.#running.delete(grant);
      else for (const scope of grant.scopes.filter(hasLeases)) entry(entry(groups, this.options.redis.isCluster ? scope.tag : '', newMap), scope.leasesKey, newList).push(grant.requestId);
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
