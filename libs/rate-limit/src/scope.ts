import { ipIdentity } from './ip-identity';
import { isLimited, NO_LIMIT, type ResolvedLimits } from './limits';

export type ScopeName = 'ip' | 'key' | 'tenant' | 'global';

/** One thing that is limited, and where Redis counts for it. */
export interface Scope {
  readonly name: ScopeName;
  readonly limits: ResolvedLimits;
  /** String of the counters, as limit.lua packs them. */
  readonly countersKey: string;
  /** Sorted set of the running requests: id by the moment its lease ends, in ms. */
  readonly leasesKey: string;
  /** The hash tag of both keys: scopes of one tag share a slot of a cluster. */
  readonly tag: string;
}

export interface ScopeDemand {
  readonly id: string;
  readonly limits: ResolvedLimits;
}

export interface AdmitDemand {
  readonly requestId: string;
  readonly tenant: ScopeDemand;
  /** The key, or the user on the internal channel. */
  readonly key: ScopeDemand | null;
  readonly ip: string;
  /** Estimate to reserve, in tokens. */
  readonly tokens: number;
}

export interface ScopeRates {
  /** Begins every key in Redis. */
  readonly prefix: string;
  /** Requests per minute of one address, authenticated; 0 is no limit. */
  readonly ipAuthenticatedRpm: number;
  /** Requests per minute of one address without valid authentication; 0 is no limit. */
  readonly ipRpm: number;
  /** Requests per minute of everybody together; 0 is no limit. */
  readonly globalRpm: number;
}

/** Finds the scopes that limit a call. */
export class Scopes {
  readonly #root: string;
  readonly #global: Scope | null;
  /** Those of a caller, by the demand that is theirs alone: whoever keeps its demands has its scopes found once. */
  readonly #callers = new WeakMap<ScopeDemand, { readonly tenant: ScopeDemand; readonly scopes: readonly Scope[] }>();

  constructor(private readonly rates: ScopeRates) {
    this.#root = `${rates.prefix}rl:`;
    this.#global = rates.globalRpm > 0 ? this.#scope('global', 'global', ':all', perMinute(rates.globalRpm)) : null;
  }

  /** In the order in which they refuse: ip, key, tenant, global. Only those that limit anything. */
  of({ tenant, key, ip }: AdmitDemand): readonly Scope[] {
    const scopes = this.#ofCaller(tenant, key);
    const address = this.rates.ipAuthenticatedRpm > 0 ? [this.#scope('ip', `ip:${ipIdentity(ip)}`, ':a', perMinute(this.rates.ipAuthenticatedRpm))] : [];
    return address.length > 0 || this.#global ? [...address, ...scopes, ...(this.#global ? [this.#global] : [])] : scopes;
  }

  #ofCaller(tenant: ScopeDemand, key: ScopeDemand | null): readonly Scope[] {
    const known = this.#callers.get(key ?? tenant);
    if (known?.tenant === tenant) return known.scopes;
    const scopes: Scope[] = [];
    if (key && isLimited(key.limits)) scopes.push(this.#scope('key', tenant.id, `:k:${key.id}`, key.limits));
    if (isLimited(tenant.limits)) scopes.push(this.#scope('tenant', tenant.id, ':t', tenant.limits));
    this.#callers.set(key ?? tenant, { tenant, scopes });
    return scopes;
  }

  /** Of calls without valid authentication; null where they are not limited. */
  ofUnauthenticated(ip: string): Scope | null {
    return this.rates.ipRpm > 0 ? this.#scope('ip', `ip:${ipIdentity(ip)}`, ':u', perMinute(this.rates.ipRpm)) : null;
  }

  #scope(name: ScopeName, tag: string, rest: string, limits: ResolvedLimits): Scope {
    const key = `${this.#root}{${tag}}${rest}`;
    return { name, limits, countersKey: `${key}:passed`, leasesKey: `${key}:leases`, tag };
  }
}

function perMinute(rpm: number): ResolvedLimits {
  return { ...NO_LIMIT, rpm };
}
