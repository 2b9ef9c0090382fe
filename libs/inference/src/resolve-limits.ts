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
export function demandOf(call: InferenceCall, principal: Principal, tokens: number, defaults: Record<Channel, ChannelDefaults>): AdmitDemand {
  const channel = defaults[principal.channel];
  const keyId = principal.keyId ?? principal.userId;
  return {
    requestId: call.requestId,
    ip: call.ip,
    tokens,
    tenant: { id: principal.tenantId, limits: withDefaults(principal.tenantLimits, channel) },
    key: keyId === null ? null : { id: keyId, limits: withDefaults(principal.limits, channel) },
  };
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
