import type { BillingLog } from '../billing-log';
import { rowsOf, type Sql } from './sql';
import { within } from './within';

const FIRST_PROBE_MS = 100;
const PROBE_EVERY_MS = 500;
const PROBE_ANSWER_MS = 2_000;
/** Losing it again so soon after it came back means that the probe sees less than the work does: it is asked less often. */
const RELAPSE_MS = 5_000;
const TELL_EVERY_MS = 10_000;

/** Knows whether Postgres can be written to, so that nobody waits for one that cannot; notices by itself when it is back. */
export class PostgresWatch {
  private timer: NodeJS.Timeout | undefined;
  private readonly backHandlers: (() => void)[] = [];
  private backAtMs = -Infinity;
  private toldMs = -Infinity;
  private stopped = false;

  constructor(
    private readonly sql: Sql,
    private readonly log: BillingLog,
  ) {}

  /** True from a failure until a probe has succeeded. */
  get away(): boolean {
    return this.timer !== undefined;
  }

  /** Called after every return, in the order of registration. */
  onBack(handler: () => void): void {
    this.backHandlers.push(handler);
  }

  /** Somebody's statement failed, and not for what was in it. */
  lost(error: unknown): void {
    if (this.away || this.stopped) return;
    if (performance.now() - this.toldMs > TELL_EVERY_MS) {
      this.toldMs = performance.now();
      this.log.error({ err: error }, 'Postgres is away: prepaid calls are refused, charges wait in the spool');
    }
    this.probeIn(performance.now() - this.backAtMs < RELAPSE_MS ? PROBE_EVERY_MS : FIRST_PROBE_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private probeIn(ms: number): void {
    this.timer = setTimeout(() => void this.probe(), ms);
  }

  private async probe(): Promise<void> {
    const writable = await within(PROBE_ANSWER_MS, rowsOf<{ writable: boolean }>(this.sql, 'select not pg_is_in_recovery() as writable')).then(
      ([row]) => row?.writable === true,
      () => false,
    );
    if (this.stopped) return;
    if (!writable) return this.probeIn(PROBE_EVERY_MS);
    this.timer = undefined;
    this.backAtMs = performance.now();
    this.log.info({}, 'Postgres is back');
    for (const handler of this.backHandlers) handler();
  }
}
