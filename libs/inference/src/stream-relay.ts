import { DomainError, type Usage } from '@higress/kernel';
import type { UpstreamAnswer } from '@higress/upstream';
import { KEEP_ALIVE, OpenAiStreamReader } from '@higress/wire';
import type { Client, FlatHeaders } from './call';
import type { CallTrace } from './call-trace';

/** A client hears from us at least this often, so that no proxy between takes a thinking provider for a dead one. */
const KEEP_ALIVE_MS = 15_000;
const PROGRESS_MS = 5_000;
const LOOK_MS = 1_000;
const MAX_UNCOMMITTED_BYTES = 1024 * 1024;
const EMPTY = Buffer.alloc(0);

export interface StreamBounds {
  /** Until the first content. */
  readonly firstTokenMs: number;
  /** Between two useful events; comments do not count. */
  readonly idleMs: number;
}

/**
 * One stream on its way from a provider to a client. Nothing reaches the client before the first content, so that until then another
 * provider may be tried with a new {@link read}; a keep-alive after 15 s commits as well.
 */
export class StreamRelay {
  private reader: OpenAiStreamReader;
  private pending: Buffer[] = [];
  private ended = false;
  private begun = false;
  private lastWrite: number;

  constructor(
    private readonly client: Client,
    private readonly trace: CallTrace,
    private readonly headers: FlatHeaders,
    private readonly hideUsage: boolean,
  ) {
    this.reader = new OpenAiStreamReader(hideUsage);
    this.lastWrite = trace.call.receivedAt;
  }

  /** True once the client has seen a byte. */
  get committed(): boolean {
    return this.begun;
  }

  /** True once the answer is known to be whole. */
  get finished(): boolean {
    return this.reader.finished;
  }

  /** The provider's usage, or null. */
  get usage(): Usage | null {
    return this.reader.usage;
  }

  estimateOutputTokens(): number {
    return this.reader.estimateOutputTokens();
  }

  /**
   * Reads a provider's stream up to its first content, keeping what came.
   * @throws DomainError UPSTREAM_TIMEOUT, UPSTREAM_INVALID_RESPONSE or what the provider's stream broke with
   */
  async read(answer: UpstreamAnswer, bounds: StreamBounds): Promise<void> {
    this.reader = new OpenAiStreamReader(this.hideUsage);
    this.pending = [];
    this.ended = false;
    answer.expectWithin(bounds.firstTokenMs);
    const watch = this.watch();
    try {
      let held = 0;
      while (!this.reader.committed && !this.reader.finished && held < MAX_UNCOMMITTED_BYTES) {
        const step = await this.next(answer);
        if (!step) break;
        this.pending.push(step.forward);
        held += step.forward.length;
      }
    } finally {
      clearInterval(watch);
    }
    if (this.ended && !this.reader.committed && !this.reader.finished) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  }

  /**
   * Passes on what was kept and then the rest, as fast as the client takes it.
   * @param progress called every few seconds while the stream runs
   */
  async relay(answer: UpstreamAnswer, { idleMs }: StreamBounds, progress: () => void): Promise<void> {
    answer.expectWithin(idleMs);
    const watch = this.watch(progress);
    try {
      await this.write(this.pending.length === 1 ? (this.pending[0] as Buffer) : Buffer.concat(this.pending));
      this.pending = [];
      while (!this.ended) {
        const step = await this.next(answer);
        if (!step) break;
        if (step.useful) answer.expectWithin(idleMs);
        if (step.forward.length > 0) await this.write(step.forward);
      }
    } finally {
      clearInterval(watch);
    }
  }

  private async next(answer: UpstreamAnswer): Promise<{ forward: Buffer; useful: boolean } | null> {
    if (this.ended) return null;
    const piece = await this.trace.waitFor(answer.read());
    if (piece === null) {
      this.ended = true;
      return this.reader.end();
    }
    return this.reader.push(piece);
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.client.begin(this.headers);
  }

  private async write(bytes: Buffer): Promise<void> {
    this.begin();
    this.trace.firstByte();
    this.lastWrite = performance.now();
    if (!this.client.write(bytes)) await this.trace.waitFor(this.client.drained());
  }

  /** Ends the client's stream with its last bytes. */
  end(bytes: Buffer = EMPTY): void {
    this.begin();
    this.client.end(bytes);
  }

  /** One timer per stream, not one per event: keeps the client alive and reports progress. */
  private watch(progress?: () => void): NodeJS.Timeout {
    let lastProgress = performance.now();
    return setInterval(() => {
      const now = performance.now();
      if (now - this.lastWrite >= KEEP_ALIVE_MS) this.keepAlive(now);
      if (progress && now - lastProgress >= PROGRESS_MS) {
        lastProgress = now;
        progress();
      }
    }, LOOK_MS);
  }

  private keepAlive(now: number): void {
    this.begin();
    this.lastWrite = now;
    this.client.write(KEEP_ALIVE);
  }
}
