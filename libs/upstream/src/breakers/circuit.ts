import CircuitBreaker from 'opossum';

export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitSettings {
  /** Consecutive failures that open it. */
  readonly threshold: number;
  /** How long it stays open before a probe may go. */
  readonly resetMs: number;
  readonly now: () => number;
}

const SUCCESSES_TO_CLOSE = 2;
const RAMP_MS = 10_000;
/** Share of the calls that pass in each quarter of the ramp's first three; then all do. */
const RAMP_SHARES = [0.1, 0.25, 0.5];
/** Never used twice, so that a report about a forgotten circuit cannot be taken for one about its successor. */
let epochs = 0;

/** So many calls at the same time are no stampede, and pass whatever the ramp says. */
const TRICKLE = 5;

/**
 * The trouble of one deployment. opossum is the state machine (open, half-open after the reset time, closed); consecutive failures,
 * single probes and the ramp are counted here, because opossum decides by percentage and lets everybody through when it closes.
 */
export class Circuit {
  private failures = 0;
  private successes = 0;
  private machine: CircuitBreaker | undefined;
  private openUntilMs = 0;
  private probeUntilMs = 0;
  private rampFromMs = -Infinity;
  private rampCredit = 0;
  private running = 0;
  /** Changes with every change of state: what began before it tells nothing of the state after it. 0 until the first. */
  epoch = 0;

  constructor(
    private readonly settings: CircuitSettings,
    private readonly onState: (state: CircuitState, untilMs: number) => void,
  ) {}

  get state(): CircuitState {
    return !this.machine || this.machine.closed ? 'closed' : this.machine.opened ? 'open' : 'half-open';
  }

  /** True where nothing is left to remember. */
  get isWell(): boolean {
    return this.state === 'closed' && this.failures === 0 && !this.isRamping;
  }

  /** Milliseconds until a call may pass again; 0 where one may now. */
  get reopensInMs(): number {
    const until = this.state === 'open' ? this.openUntilMs : this.state === 'half-open' ? this.probeUntilMs : 0;
    return Math.max(until - this.settings.now(), 0);
  }

  /** False: do not call. True: the call's end is reported by {@link succeed}, {@link fail} or {@link ignore}. */
  admit(): boolean {
    if (this.state === 'closed') return this.admitClosed();
    const now = this.settings.now();
    if (this.state === 'open' || now < this.probeUntilMs) return false;
    // A probe that never reports frees its place after the time that an open circuit waits anyway.
    this.probeUntilMs = now + this.settings.resetMs;
    this.onState('half-open', this.probeUntilMs);
    return true;
  }

  succeed(epoch: number): void {
    this.leave(epoch);
    if (epoch !== this.epoch) return;
    this.failures = 0;
    if (this.state !== 'half-open') return;
    this.probeUntilMs = 0;
    if (++this.successes >= SUCCESSES_TO_CLOSE) this.close(true);
  }

  fail(epoch: number): void {
    this.leave(epoch);
    if (epoch !== this.epoch || this.state === 'open') return;
    this.failures++;
    if (this.state === 'half-open' || this.failures >= this.settings.threshold) this.open(this.settings.resetMs, true);
  }

  /** The call said nothing of the deployment's health. */
  ignore(epoch: number): void {
    this.leave(epoch);
    if (epoch === this.epoch && this.state === 'half-open') this.probeUntilMs = 0;
  }

  /** Another process saw this state; nothing is announced again. */
  learn(state: CircuitState, untilMs: number): void {
    const leftMs = Math.min(untilMs - this.settings.now(), this.settings.resetMs);
    if (state === 'closed') this.close(false);
    else if (state === 'open' && leftMs > 0) this.open(leftMs, false);
    else if (state === 'half-open' && this.state === 'half-open') this.probeUntilMs = Math.max(this.probeUntilMs, this.settings.now() + leftMs);
  }

  /** Stops its timer. */
  dispose(): void {
    this.machine?.shutdown();
    this.machine = undefined;
  }

  private get isRamping(): boolean {
    return this.settings.now() - this.rampFromMs < RAMP_MS;
  }

  private admitClosed(): boolean {
    const since = this.settings.now() - this.rampFromMs;
    if (since >= RAMP_MS) return true;
    const share = RAMP_SHARES[Math.floor((since / RAMP_MS) * 4)] ?? 1;
    this.rampCredit = Math.min(this.rampCredit + share, 1);
    if (this.running >= TRICKLE && this.rampCredit < 1) return false;
    if (this.running >= TRICKLE) this.rampCredit -= 1;
    this.running++;
    return true;
  }

  private leave(epoch: number): void {
    if (epoch === this.epoch && this.running > 0) this.running--;
  }

  private open(forMs: number, isOurs: boolean): void {
    if (this.state === 'open') return;
    this.dispose();
    // It never calls anything: `timeout: false` and an empty action leave the state machine and its clock.
    this.machine = new CircuitBreaker(() => Promise.resolve(), { timeout: false, resetTimeout: forMs, enableSnapshots: false, rollingCountBuckets: 1, rollingPercentilesEnabled: false });
    this.machine.on('halfOpen', () => this.turn());
    this.openUntilMs = this.settings.now() + forMs;
    this.machine.open();
    this.turn();
    if (isOurs) this.onState('open', this.openUntilMs);
  }

  private close(isOurs: boolean): void {
    if (this.state === 'closed') return;
    this.machine?.close();
    this.dispose();
    this.rampFromMs = this.settings.now();
    this.rampCredit = 1;
    this.turn();
    if (isOurs) this.onState('closed', 0);
  }

  private turn(): void {
    this.epoch = ++epochs;
    this.failures = this.successes = this.running = this.probeUntilMs = 0;
  }
}
