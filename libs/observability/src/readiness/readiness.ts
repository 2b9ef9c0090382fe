import { CheckFailed } from './check-failed';

/** Resolves, with particulars or without, where the part works; rejects where it does not. */
export type ReadinessCheck = () => Promise<object | void>;

export interface CheckResult {
  readonly status: 'up' | 'down';
  readonly latency_ms: number;
  readonly detail?: object;
}

export interface ReadinessReport {
  /** `starting` until all checks but the advisory ones were up at once for the first time; then `ok` or `degraded`; `stopping` from `stop()` on. */
  readonly status: 'starting' | 'ok' | 'degraded' | 'stopping';
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** A check that takes longer counts as failed. */
const PATIENCE_MS = 1000;

/**
 * What `/ready` of every service says. `new Readiness({ postgres: () => dataSource.query('select 1'), redis: () => redis.ping() })`,
 * then either `ProbesModule.of({ readiness, registry })`, which serves `/health`, `/ready` and `/metrics`, or `report()` and
 * `ReadinessReport` with `httpStatusOf()`. The app calls `stop()` on SIGTERM, before anything is closed.
 *
 * Each check is bounded by a second and runs once at a time, however many ask: `/ready` is open to anyone and must not pile up work on
 * a store that is already slow. What a check throws is not shown, for it may name hosts; only its `code` is, or all of a `CheckFailed`.
 */
export class Readiness {
  private started = false;
  private stopping = false;
  private readonly running = new Map<string, Promise<CheckResult>>();

  /** @param advisory checks that a start does not wait for: without them the service serves all the same, degraded */
  constructor(
    private readonly checks: Readonly<Record<string, ReadinessCheck>>,
    private readonly advisory: readonly string[] = [],
  ) {}

  get names(): readonly string[] {
    return Object.keys(this.checks);
  }

  /** From now on it is not ready, however well the parts are. */
  stop(): void {
    this.stopping = true;
  }

  /** Runs all checks at the same time. Never rejects. */
  async report(): Promise<ReadinessReport> {
    const entries = await Promise.all(this.names.map(async (name) => [name, await this.run(name)] as const));
    return this.judge(Object.fromEntries(entries));
  }

  /** One check by its name. Never rejects; joins the same check where it is already running. */
  run(name: string): Promise<CheckResult> {
    const running = this.running.get(name);
    if (running) return running;
    const run = this.measure(name).finally(() => this.running.delete(name));
    this.running.set(name, run);
    return run;
  }

  /** What a set of results means for the service, and, where all are up, that it has started. */
  judge(checks: Readonly<Record<string, CheckResult>>): ReadinessReport {
    const isUp = (name: string) => checks[name]?.status === 'up';
    const allUp = Object.keys(checks).every(isUp);
    this.started ||= Object.keys(checks).every((name) => isUp(name) || this.advisory.includes(name));
    const status = this.stopping ? 'stopping' : !this.started ? 'starting' : allUp ? 'ok' : 'degraded';
    return { status, checks };
  }

  private async measure(name: string): Promise<CheckResult> {
    const startedAt = performance.now();
    const took = () => Math.round((performance.now() - startedAt) * 10) / 10;
    try {
      const detail = await bounded(async () => this.checks[name]?.());
      return { status: 'up', latency_ms: took(), ...(detail && { detail }) };
    } catch (error) {
      return { status: 'down', latency_ms: took(), detail: presentable(error) };
    }
  }
}

/** A part lost later gives 200, so that a load balancer does not take away pods that can still serve; `strict` gives 503. */
export function httpStatusOf(report: ReadinessReport, strict = false): 200 | 503 {
  return report.status === 'ok' || (report.status === 'degraded' && !strict) ? 200 : 503;
}

async function bounded<T>(work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CheckFailed(`took over ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function presentable(error: unknown): object {
  if (error instanceof CheckFailed) return { reason: error.message, ...error.detail };
  const code = (error as { code?: unknown } | null)?.code;
  return { reason: typeof code === 'string' ? code : 'failed' };
}
