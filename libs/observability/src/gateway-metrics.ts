import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { TallyCounter, TallyHistogram } from './tallies';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const OVERHEAD_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Values that are read when somebody asks, instead of being kept up to date. */
export interface GatewayGauges {
  /** Charges in the spool that Postgres has not confirmed, in bytes. */
  spoolBytes(): number;
  /** Age of the oldest of them, in seconds. */
  ledgerLagSeconds(): number;
  inflight(): number;
  degraded(): boolean;
  /** Each known deployment: 0 closed, 1 half open, 2 open. */
  circuits(): Iterable<{ deployment: string; state: 0 | 1 | 2 }>;
  queueJobs(): Promise<Iterable<{ queue: string; state: string; count: number }>>;
}

/** The registry of one process, with what Node itself tells. `project` is a constant label. */
export function createRegistry(project: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ project });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** The gateway's metrics. Labels hold models and codes of our own lists, never what a stranger sent. */
export class GatewayMetrics {
  readonly requests: TallyCounter<'channel' | 'endpoint' | 'model' | 'status'>;
  readonly duration: TallyHistogram<'channel' | 'endpoint'>;
  readonly timeToFirstToken: TallyHistogram<'model'>;
  readonly overhead: TallyHistogram<'endpoint'>;
  readonly tokens: TallyCounter<'model' | 'kind'>;
  readonly costUsd: TallyCounter<'model'>;
  readonly upstreamRequests: TallyCounter<'provider' | 'outcome'>;
  readonly upstreamLatency: TallyHistogram<'provider'>;
  readonly rateLimitHits: Counter<'code'>;
  readonly replayed: Counter<'from'>;
  readonly responsesNotKept: Counter<'why'>;
  readonly uncollectedUsd: Counter;
  readonly rejectedCharges: Counter;

  private readonly readers: (() => void)[] = [];

  constructor(readonly registry: Registry) {
    const registers = [registry];
    // The first of ours in the registry, which is read in its order.
    this.requests = new TallyCounter({ name: 'gateway_requests_total', help: 'Requests answered, by status.', labelNames: ['channel', 'endpoint', 'model', 'status'], registers }, () => this.readers.forEach((read) => read()));
    this.duration = new TallyHistogram({ name: 'gateway_request_duration_seconds', help: 'From the first byte in to the last byte out.', buckets: SECONDS, registry });
    this.timeToFirstToken = new TallyHistogram({ name: 'gateway_time_to_first_token_seconds', help: 'From the first byte in to the first byte of the answer.', buckets: SECONDS, registry });
    this.overhead = new TallyHistogram({ name: 'gateway_overhead_seconds', help: 'What the gateway adds: the request’s time less the provider’s.', buckets: OVERHEAD_SECONDS, registry });
    this.tokens = new TallyCounter({ name: 'gateway_tokens_total', help: 'Tokens, by kind: input, cached_input, output, reasoning.', labelNames: ['model', 'kind'], registers });
    this.costUsd = new TallyCounter({ name: 'gateway_cost_usd_total', help: 'Cost at price. For graphs; the bill is in the ledger.', labelNames: ['model'], registers });
    this.upstreamRequests = new TallyCounter({ name: 'gateway_upstream_requests_total', help: 'Attempts at providers, by outcome: ok or an error code.', labelNames: ['provider', 'outcome'], registers });
    this.upstreamLatency = new TallyHistogram({ name: 'gateway_upstream_latency_seconds', help: 'Until a provider’s first byte.', buckets: SECONDS, registry });
    this.replayed = new Counter({ name: 'gateway_replayed_answers_total', help: 'Answers that were given again: from the cache, or by an idempotency key.', labelNames: ['from'], registers });
    this.responsesNotKept = new Counter({ name: 'gateway_responses_not_kept_total', help: 'Responses that were given and could not be kept: too_large, taken, away, slow.', labelNames: ['why'], registers });
    this.uncollectedUsd = new Counter({ name: 'gateway_uncollected_usd_total', help: 'What prepaid accounts could not give. Alarm above 0.', registers });
    this.rejectedCharges = new Counter({ name: 'gateway_rejected_charges_total', help: 'Charges that Postgres refuses for what they hold; they are kept beside the spool. Alarm above 0.', registers });
    this.rateLimitHits = new Counter({ name: 'gateway_rate_limit_hits_total', help: 'Requests refused by a limit.', labelNames: ['code'], registers });
  }

  /** Calls `then` whenever somebody reads the metrics, before they are read: for whoever moves them later than things happen. */
  beforeReading(then: () => void): void {
    this.readers.push(then);
  }

  /** Adds the values that other parts keep; called once, when those parts exist. */
  watch(gauges: GatewayGauges): void {
    const gauge = <L extends string>(name: string, help: string, labelNames: L[], collect: (this: Gauge<L>) => void | Promise<void>) => new Gauge({ name, help, labelNames, collect, registers: [this.registry] });
    gauge('gateway_usage_spool_bytes', 'Charges that Postgres has not confirmed.', [], function () { this.set(gauges.spoolBytes()); });
    gauge('gateway_ledger_lag_seconds', 'Age of the oldest of them.', [], function () { this.set(gauges.ledgerLagSeconds()); });
    gauge('gateway_inflight_requests', 'Requests running now.', [], function () { this.set(gauges.inflight()); });
    gauge('gateway_rate_limit_degraded', '1 while limits are kept in process because Redis is away.', [], function () { this.set(gauges.degraded() ? 1 : 0); });
    gauge('gateway_circuit_state', '0 closed, 1 half open, 2 open.', ['deployment'], function () {
      this.reset();
      for (const { deployment, state } of gauges.circuits()) this.set({ deployment }, state);
    });
    gauge('gateway_queue_jobs', 'Jobs by queue and state.', ['queue', 'state'], async function () {
      this.reset();
      for (const { queue, state, count } of await gauges.queueJobs()) this.set({ queue, state }, count);
    });
  }
}
