import { errorRow, formatUsd } from '@higress/kernel';
import type { GatewayMetrics } from '@higress/observability';
import type { Logger } from 'pino';
import type { CallReport } from './call-report';

type Inc = { inc(by?: number): void };
type Observe = { observe(value: number): void };

/** Writes one log line per call and moves the metrics; the children of a metric are resolved once, because looking them up costs more than moving them. */
export class CallReporter {
  private readonly counters = new Map<string, Inc>();
  private readonly histograms = new Map<string, Observe>();

  constructor(
    private readonly logger: Logger,
    private readonly metrics: GatewayMetrics,
  ) {}

  report(call: CallReport): void {
    this.measure(call);
    const line = {
      trace_id: call.requestId, client_request_id: call.clientRequestId ?? undefined, channel: call.channel, endpoint: call.endpoint, tenant: call.tenantId, key: call.caller, model: call.model,
      deployment: call.attempts.at(-1)?.deploymentId, provider: call.attempts.at(-1)?.provider, stream: call.stream, status: call.status, code: call.errorCode ?? undefined, attempts: call.attempts.length,
      input_tokens: call.usage.inputTokens, output_tokens: call.usage.outputTokens, estimated: call.usage.estimated, cost_usd: formatUsd(call.costNanoUsd), ttft_ms: round(call.ttftMs),
      duration_ms: round(call.durationMs), overhead_ms: round(call.overheadMs), cause: describe(call.cause),
    };
    if (call.errorCode === null) this.logger.info(line, 'call');
    else if (errorRow(call.errorCode).http >= 500) this.logger.warn(line, 'call failed');
    else this.logger.info(line, 'call refused');
  }

  private measure(call: CallReport): void {
    const { metrics } = this;
    const { channel, endpoint } = call;
    const model = call.model ?? 'unknown';
    this.counter(`r|${channel}|${endpoint}|${model}|${call.status}`, () => metrics.requests.labels({ channel, endpoint, model, status: String(call.status) })).inc();
    this.histogram(`d|${channel}|${endpoint}`, () => metrics.duration.labels({ channel, endpoint })).observe(call.durationMs / 1000);
    this.histogram(`o|${endpoint}`, () => metrics.overhead.labels({ endpoint })).observe(call.overheadMs / 1000);
    if (call.errorCode?.startsWith('RATE_LIMIT_')) this.counter(`l|${call.errorCode}`, () => metrics.rateLimitHits.labels({ code: call.errorCode as string })).inc();
    for (const { provider, outcome, durationMs } of call.attempts) {
      this.counter(`u|${provider}|${outcome}`, () => metrics.upstreamRequests.labels({ provider, outcome })).inc();
      this.histogram(`ul|${provider}`, () => metrics.upstreamLatency.labels({ provider })).observe(durationMs / 1000);
    }
    if (call.ttftMs !== null) this.histogram(`t|${model}`, () => metrics.timeToFirstToken.labels({ model })).observe(call.ttftMs / 1000);
    const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = call.usage;
    for (const [kind, amount] of [['input', inputTokens], ['cached_input', cachedInputTokens], ['output', outputTokens], ['reasoning', reasoningTokens]] as const) {
      if (amount > 0) this.counter(`k|${model}|${kind}`, () => metrics.tokens.labels({ model, kind })).inc(amount);
    }
    if (call.costNanoUsd > 0n) this.counter(`c|${model}`, () => metrics.costUsd.labels({ model })).inc(Number(call.costNanoUsd) / 1e9);
  }

  private counter(key: string, make: () => Inc): Inc {
    let child = this.counters.get(key);
    if (!child) this.counters.set(key, (child = make()));
    return child;
  }

  private histogram(key: string, make: () => Observe): Observe {
    let child = this.histograms.get(key);
    if (!child) this.histograms.set(key, (child = make()));
    return child;
  }
}

function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100;
}

function describe(cause: unknown): string | undefined {
  return cause === undefined ? undefined : cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
