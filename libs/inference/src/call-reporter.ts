import { errorRow, formatUsd } from '@higress/kernel';
import { type Distribution, type GatewayMetrics, type Tally, writePlain } from '@higress/observability';
import type { Logger } from 'pino';
import type { Attempt, CallReport } from './call-report';

/** The metrics of one model on one endpoint and channel: found once per call, because looking a child up costs more than moving it. */
class Meters {
  private readonly byStatus = new Map<number, Tally>();
  readonly duration: Distribution;
  readonly overhead: Distribution;
  readonly timeToFirstToken: Distribution;
  readonly inputTokens: Tally;
  readonly cachedInputTokens: Tally;
  readonly outputTokens: Tally;
  readonly reasoningTokens: Tally;
  readonly costUsd: Tally;

  constructor(
    private readonly metrics: GatewayMetrics,
    private readonly labels: { channel: string; endpoint: string; model: string },
  ) {
    const { channel, endpoint, model } = labels;
    this.duration = metrics.duration.of({ channel, endpoint });
    this.overhead = metrics.overhead.of({ endpoint });
    this.timeToFirstToken = metrics.timeToFirstToken.of({ model });
    this.inputTokens = metrics.tokens.tally({ model, kind: 'input' });
    this.cachedInputTokens = metrics.tokens.tally({ model, kind: 'cached_input' });
    this.outputTokens = metrics.tokens.tally({ model, kind: 'output' });
    this.reasoningTokens = metrics.tokens.tally({ model, kind: 'reasoning' });
    this.costUsd = metrics.costUsd.tally({ model });
  }

  requests(status: number): Tally {
    return foundOrMade(this.byStatus, status, () => this.metrics.requests.tally({ ...this.labels, status: String(status) }));
  }
}

/** Reports wait so long for company: one after the other they cost half of what they cost alone, and none of it while a call is answered. */
const GATHER_MS = 10;
const GATHER_CALLS = 64;

/** Writes one log line per call and moves the metrics. */
export class CallReporter {
  private readonly meters = new Map<string, Meters>();
  private readonly attempts = new Map<string, { count: Tally; latency: Distribution }>();
  private waiting: CallReport[] = [];

  constructor(
    private readonly logger: Logger,
    private readonly metrics: GatewayMetrics,
  ) {
    metrics.beforeReading(() => this.flush());
  }

  /** The line is written and the metrics are moved within 10 ms, and before anybody reads them. */
  report(call: CallReport): void {
    const waiting = this.waiting.push(call);
    if (waiting === 1) setTimeout(() => this.flush(), GATHER_MS);
    else if (waiting >= GATHER_CALLS) this.flush();
  }

  /** Tells of the calls that wait. */
  flush(): void {
    const calls = this.waiting;
    this.waiting = [];
    for (const call of calls) {
      this.measure(call);
      this.write(call);
    }
  }

  private write(call: CallReport): void {
    const line = {
      trace_id: call.requestId, client_request_id: call.clientRequestId ?? undefined, channel: call.channel, endpoint: call.endpoint, tenant: call.tenantId, key: call.caller, model: call.model,
      deployment: call.attempts.at(-1)?.deploymentId, provider: call.attempts.at(-1)?.provider, stream: call.stream, status: call.status, code: call.errorCode ?? undefined, attempts: call.attempts.length, replayed: call.replayed ?? undefined,
      input_tokens: call.usage.inputTokens, output_tokens: call.usage.outputTokens, estimated: call.usage.estimated, cost_usd: formatUsd(call.costNanoUsd), ttft_ms: round(call.ttftMs),
      duration_ms: round(call.durationMs), overhead_ms: round(call.overheadMs), cause: describe(call.cause),
    };
    if (call.errorCode === null) writePlain(this.logger, 'info', line, 'call');
    else if (errorRow(call.errorCode).http >= 500) writePlain(this.logger, 'warn', line, 'call failed');
    else writePlain(this.logger, 'info', line, 'call refused');
  }

  private measure(call: CallReport): void {
    const { channel, endpoint, usage } = call;
    const model = call.modelLabel ?? 'unknown';
    const meters = foundOrMade(this.meters, `${channel}|${endpoint}|${model}`, () => new Meters(this.metrics, { channel, endpoint, model }));
    meters.requests(call.status).inc();
    meters.duration.observe(call.durationMs / 1000);
    meters.overhead.observe(call.overheadMs / 1000);
    if (call.ttftMs !== null) meters.timeToFirstToken.observe(call.ttftMs / 1000);
    if (usage.inputTokens > 0) meters.inputTokens.inc(usage.inputTokens);
    if (usage.cachedInputTokens > 0) meters.cachedInputTokens.inc(usage.cachedInputTokens);
    if (usage.outputTokens > 0) meters.outputTokens.inc(usage.outputTokens);
    if (usage.reasoningTokens > 0) meters.reasoningTokens.inc(usage.reasoningTokens);
    if (call.costNanoUsd > 0n) meters.costUsd.inc(Number(call.costNanoUsd) / 1e9);
    if (call.errorCode?.startsWith('RATE_LIMIT_')) this.metrics.rateLimitHits.inc({ code: call.errorCode });
    if (call.replayed) this.metrics.replayed.inc({ from: call.replayed });
    for (const attempt of call.attempts) this.measureAttempt(attempt);
  }

  private measureAttempt({ provider, outcome, durationMs }: Attempt): void {
    const { metrics } = this;
    const { count, latency } = foundOrMade(this.attempts, `${outcome}|${provider}`, () => ({ count: metrics.upstreamRequests.tally({ provider, outcome }), latency: metrics.upstreamLatency.of({ provider }) }));
    count.inc();
    latency.observe(durationMs / 1000);
  }
}

function foundOrMade<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = make()));
  return found;
}

function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100;
}

/** A provider's own words may repeat what it was sent, our credential too, or the beginning of it. */
const LIKE_A_SECRET = /[\w+=-]{20,}/g;

function describe(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  const words = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return words.replace(LIKE_A_SECRET, (run) => `${run.slice(0, 4)}…`);
}
