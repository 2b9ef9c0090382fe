import type { Channel, Limits, Principal } from '@higress/kernel';
import type { AdmitDemand, ResolvedLimits } from '@higress/rate-limit';
import type { InferenceCall } from './call';

/** Requests and tokens per minute of a channel; 0 is none. */
export interface ChannelDefaults {
  readonly rpm: number;
  readonly tpm: number;
}

const NONE: ResolvedLimits = { rpm: null, tpm: null, rpd: null, tpd: null, concurrent: null, burst: null };

/** What a call asks the limiter for: its own limits where a scope has them, the channel's defaults elsewhere. */
export class CallLimits {
  /** Resolved once for as long as a caller is known; the limiter, too, knows them again by their identity. */
  private readonly resolved = new WeakMap<Principal, Pick<AdmitDemand, 'tenant' | 'key'>>();

  constructor(private readonly defaults: Record<Channel, ChannelDefaults>) {}

  demandOf({ requestId, ip }: Pick<InferenceCall, 'requestId' | 'ip'>, principal: Principal, tokens: number): AdmitDemand {
    let resolved = this.resolved.get(principal);
    if (!resolved) this.resolved.set(principal, (resolved = this.resolve(principal)));
    return { requestId, ip, tokens, tenant: resolved.tenant, key: resolved.key };
  }

  private resolve(principal: Principal): Pick<AdmitDemand, 'tenant' | 'key'> {
    const channel = this.defaults[principal.channel];
    const keyId = principal.keyId ?? principal.userId;
    return {
      tenant: { id: principal.tenantId, limits: withDefaults(principal.tenantLimits, channel) },
      key: keyId === null ? null : { id: keyId, limits: withDefaults(principal.limits, channel) },
    };
  }
}

function withDefaults(limits: Limits, defaults: ChannelDefaults): ResolvedLimits {
  if (limits.unlimited) return NONE;
  return {
    rpm: limits.rpm ?? (defaults.rpm || null),
    tpm: limits.tpm ?? (defaults.tpm || null),
    rpd: limits.rpd,
    tpd: limits.tpd,
    concurrent: limits.concurrent,
    burst: limits.burst,
  };
}
