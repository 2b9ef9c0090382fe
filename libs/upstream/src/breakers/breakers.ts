import { Circuit, type CircuitSettings, type CircuitState } from './circuit';

/** The right to make one call, and the duty to tell how it went. Only the first report counts. */
export interface Ticket {
  /** It answered, to its end. */
  succeed(): void;
  /** It is ill: no connection, a timeout, 5xx, an answer that broke or cannot be read. */
  fail(): void;
  /** It says nothing about its health: the client's own mistake, a 429, a client that left. */
  ignore(): void;
}

export interface BreakerOptions extends Partial<Pick<CircuitSettings, 'now'>>, Omit<CircuitSettings, 'now'> {
  /**
   * A state that this process came to by itself, to be told to the others, which {@link Breakers.learn} it.
   * `open`: until then nobody calls. `half-open`: this process probes until then. `closed`: all is well, `untilMs` is 0.
   */
  readonly onChange?: (deploymentId: string, state: CircuitState, untilMs: number) => void;
}

/** More deployments than this are not in trouble at the same time; the oldest is forgotten. */
const MAX_CIRCUITS = 10_000;

class CountedTicket implements Ticket {
  private isOver = false;

  constructor(
    private readonly breakers: Breakers,
    private readonly deploymentId: string,
    private readonly epoch: number,
  ) {}

  succeed(): void {
    if (!this.isOver) this.breakers.find(this.deploymentId)?.succeed(this.epoch);
    this.isOver = true;
  }

  fail(): void {
    if (!this.isOver) this.breakers.findOrMake(this.deploymentId).fail(this.epoch);
    this.isOver = true;
  }

  ignore(): void {
    if (!this.isOver) this.breakers.find(this.deploymentId)?.ignore(this.epoch);
    this.isOver = true;
  }
}

/** One circuit breaker for each deployment that has failed lately; one that is well costs a map look-up. */
export class Breakers {
  private readonly circuits = new Map<string, Circuit>();
  private readonly settings: CircuitSettings;

  constructor(private readonly options: BreakerOptions) {
    this.settings = { threshold: options.threshold, resetMs: options.resetMs, now: options.now ?? Date.now };
  }

  /** Null: it is open, or somebody else probes it; do not call. */
  ticket(deploymentId: string): Ticket | null {
    const circuit = this.circuits.get(deploymentId);
    return circuit === undefined || circuit.admit() ? new CountedTicket(this, deploymentId, circuit?.epoch ?? 0) : null;
  }

  /** True while calls are refused because of failures; a half-open one is not, it waits for a probe. */
  isOpen(deploymentId: string): boolean {
    return this.state(deploymentId) === 'open';
  }

  state(deploymentId: string): CircuitState {
    return this.circuits.get(deploymentId)?.state ?? 'closed';
  }

  /** Milliseconds until a call may pass; 0 where one may now. */
  reopensInMs(deploymentId: string): number {
    return this.circuits.get(deploymentId)?.reopensInMs ?? 0;
  }

  /** Every deployment that is in trouble or was lately; whatever is not among them is closed. */
  *states(): Generator<readonly [deploymentId: string, state: CircuitState]> {
    for (const [id, circuit] of this.circuits) yield [id, circuit.state];
  }

  /** What another process came to; announces nothing. */
  learn(deploymentId: string, state: CircuitState, untilMs: number): void {
    if (state === 'open') this.findOrMake(deploymentId).learn(state, untilMs);
    else this.circuits.get(deploymentId)?.learn(state, untilMs);
  }

  /** Forgets the deployments that are gone, and those that are well again. */
  retain(deploymentIds: ReadonlySet<string>): void {
    for (const [id, circuit] of this.circuits) if (!deploymentIds.has(id) || circuit.isWell) this.forget(id, circuit);
  }

  /** Stops every timer. */
  close(): void {
    for (const [id, circuit] of this.circuits) this.forget(id, circuit);
  }

  /** For tickets: undefined where the deployment never failed. */
  find(deploymentId: string): Circuit | undefined {
    return this.circuits.get(deploymentId);
  }

  /** For tickets: a well deployment has no circuit until its first failure. */
  findOrMake(deploymentId: string): Circuit {
    const known = this.circuits.get(deploymentId);
    if (known) return known;
    const [oldest] = this.circuits;
    if (oldest && this.circuits.size >= MAX_CIRCUITS) this.forget(...oldest);
    const circuit = new Circuit(this.settings, (state, untilMs) => this.options.onChange?.(deploymentId, state, untilMs));
    this.circuits.set(deploymentId, circuit);
    return circuit;
  }

  private forget(id: string, circuit: Circuit): void {
    circuit.dispose();
    this.circuits.delete(id);
  }
}
