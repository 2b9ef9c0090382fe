import type { Channel, Dialect, NanoUsd, Units } from '@higress/kernel';

/** What one call came to. Times are milliseconds. */
export interface UsageRecord {
  readonly id: string;
  readonly startedAt: Date;
  readonly channel: Channel;
  readonly tenantId: string;
  readonly keyId: string | null;
  /** Who called on the internal channel; null for a key. */
  readonly userId: string | null;
  readonly model: string;
  readonly provider: string | null;
  readonly upstreamModel: string | null;
  readonly dialect: Dialect;
  readonly stream: boolean;
  readonly status: number;
  readonly errorCode: string | null;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** What is counted otherwise than in tokens; a member that is not there is 0. */
  readonly units: Units;
  readonly estimated: boolean;
  /** The provider's numbers were absurd, and were cut. */
  readonly clamped: boolean;
  /** The usage at price. */
  readonly costNanoUsd: NanoUsd;
  /** What the ledger took for it. */
  readonly chargedNanoUsd: NanoUsd;
  /** What a prepaid account could not give. */
  readonly uncollectedNanoUsd: NanoUsd;
  readonly ttftMs: number | null;
  readonly durationMs: number | null;
  readonly overheadMs: number | null;
  readonly clientRequestId: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface UsageRow {
  id: string;
  started_at: Date;
  channel: Channel;
  tenant_id: string;
  key_id: string | null;
  user_id: string | null;
  model: string;
  provider: string | null;
  upstream_model: string | null;
  dialect: Dialect;
  stream: boolean;
  status: number;
  error_code: string | null;
  attempts: number;
  input_tokens: string;
  cached_input_tokens: string;
  cache_write_tokens: string;
  output_tokens: string;
  reasoning_tokens: string;
  units: Units;
  estimated: boolean;
  clamped: boolean;
  cost_nano: string;
  charged_nano: string;
  uncollected_nano: string;
  ttft_ms: number | null;
  duration_ms: number | null;
  overhead_ms: number | null;
  client_request_id: string | null;
  tags: Record<string, string>;
}

export function toUsageRecord(row: UsageRow): UsageRecord {
  return {
    id: row.id,
    startedAt: row.started_at,
    channel: row.channel,
    tenantId: row.tenant_id,
    keyId: row.key_id,
    userId: row.user_id,
    model: row.model,
    provider: row.provider,
    upstreamModel: row.upstream_model,
    dialect: row.dialect,
    stream: row.stream,
    status: row.status,
    errorCode: row.error_code,
    attempts: row.attempts,
    inputTokens: Number(row.input_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    units: row.units,
    estimated: row.estimated,
    clamped: row.clamped,
    costNanoUsd: BigInt(row.cost_nano),
    chargedNanoUsd: BigInt(row.charged_nano),
    uncollectedNanoUsd: BigInt(row.uncollected_nano),
    ttftMs: row.ttft_ms,
    durationMs: row.duration_ms,
    overheadMs: row.overhead_ms,
    clientRequestId: row.client_request_id,
    tags: row.tags,
  };
}
