import { type Deployment, DomainError, type Ending, type Provider, type Usage } from '@higress/kernel';
import { withoutSecrets } from '@higress/providers';
import type { UpstreamAnswer } from '@higress/upstream';
import type { OpenStream, StreamEnding, StreamReader, StreamStep } from '@higress/wire';
import { droppedHeader } from './answer-headers';
import type { Client, FlatHeaders } from './call';
import type { CallTrace } from './call-trace';
import type { Exchange } from './exchange';

/** A client hears from us at least this often, so that no proxy between takes a thinking provider for a dead one. */
const KEEP_ALIVE_MS = 15_000;
const PROGRESS_MS = 5_000;
const LOOK_MS = 1_000;
/** How long a provider that has said `[DONE]` may take to end its answer, so that its connection can serve the next call. */
const LAST_WORDS_MS = 1_000;
const MAX_UNCOMMITTED_BYTES = 1024 * 1024;

/**
 * One stream on its way from a provider to a client. Nothing reaches the client before the first content, so that until then another
 * provider may be tried with a new {@link read}; a keep-alive after 15 s commits as well.
 */
export class StreamRelay {
  private stream: OpenStream | null = null;
  private provider: Provider | null = null;
  private pending: Buffer[] = [];
  private ended = false;
  private begun = false;
  /** True once the client has what the provider's stream began with, so that it must end in that stream's line. */
  private isRelayed = false;
  private lastWrite: number;
  private watching: NodeJS.Timeout | undefined;
  private progress: (() => void) | undefined;
  private lastProgress = 0;

  constructor(
    private readonly client: Client,
    private readonly over: Ending,
    private readonly trace: CallTrace,
    private readonly headers: FlatHeaders,
    private readonly exchange: Exchange,
  ) {
    this.lastWrite = trace.call.receivedAt;
  }

  /** True once the client has seen a byte. */
  get committed(): boolean {
    return this.begun;
  }

  /** The provider's usage as last told, or null. */
  get usage(): Usage | null {
    return this.stream?.reader.usage ?? null;
  }

  /** True while no text has come after it. */
  get isUsageCurrent(): boolean {
    return this.stream?.reader.isUsageCurrent ?? false;
  }

  estimateOutputTokens(): number {
    return this.stream?.reader.estimateOutputTokens() ?? 0;
  }

  /** Keeps the client's stream alive from now until {@link stop}, whatever providers do: one timer per stream, not one per event. */
  start(): void {
    this.watching = setInterval(() => this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.watching);
  }

  /**
   * Reads a provider's stream up to its first content, keeping what came. How long that may take, the call itself has said.
   * @throws DomainError UPSTREAM_INVALID_RESPONSE or what the provider's stream broke with
   */
  async read(answer: UpstreamAnswer, deployment: Deployment): Promise<void> {
    this.stream = this.exchange.open(deployment, answer);
    this.provider = deployment.provider;
    const { reader, contentType } = this.stream;
    this.pending = [];
    this.ended = false;
    for (let held = 0; !reader.committed && !this.ended && held < MAX_UNCOMMITTED_BYTES; ) {
      const { forward, fault } = this.take(reader, await this.trace.waitFor(answer.read()));
      if (fault) throw fault;
      this.pending.push(forward);
      held += forward.length;
    }
    if (!reader.committed && this.ended && !reader.finished) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    if (!this.begun) this.headers.push(...droppedHeader(this.exchange.dropped));
    if (!this.begun && contentType !== undefined) this.headers[this.headers.indexOf('content-type') + 1] = contentType;
  }

  /**
   * Passes on what was kept and then the rest, as fast as the client takes it.
   * @param idleMs between two useful events; comments do not count
   * @param progress called every few seconds while the stream runs
   */
  async relay(answer: UpstreamAnswer, idleMs: number, progress: () => void): Promise<void> {
    this.progress = progress;
    this.lastProgress = performance.now();
    answer.expectWithin(idleMs);
    this.begin();
    this.trace.firstByte();
    this.isRelayed = true;
    await this.write(Buffer.concat(this.pending));
    this.pending = [];
    const { reader } = this.stream as OpenStream;
    while (!this.ended) {
      // One await for each piece: at ten thousand pieces a second every further one shows.
      const asked = performance.now();
      let piece: Buffer | null;
      try {
        piece = await answer.read();
      } finally {
        this.trace.waitedMs += performance.now() - asked;
      }
      const { forward, useful, fault } = this.take(reader, piece);
      if (useful) answer.expectWithin(idleMs);
      if (forward.length > 0) {
        const written = this.write(forward);
        if (written) await written;
      }
      if (fault) throw fault;
    }
    answer.expectWithin(LAST_WORDS_MS);
    answer.readAll().catch(() => undefined);
  }

  private take(reader: StreamReader, piece: Buffer | null): StreamStep {
    const step = piece === null ? reader.end() : reader.push(piece);
    this.ended = piece === null || reader.finished;
    return step.fault && this.provider ? { ...step, fault: withoutSecrets(step.fault, this.provider) } : step;
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.client.begin(this.headers);
  }

  /** Nothing to wait for, or the moment when the client takes more. */
  private write(bytes: Buffer): Promise<void> | undefined {
    this.lastWrite = performance.now();
    return this.client.write(bytes) ? undefined : this.trace.waitFor(this.client.drained(this.over));
  }

  /** The last bytes of a stream that is whole; made once. @param aside what its caller is to know beside it, or null */
  lastOfWhole(aside: Readonly<Record<string, unknown>> | null): Buffer {
    return this.ending().whole(aside);
  }

  /** The last bytes of one that broke off; made once. Null where its form has none for that: it is cut off. */
  lastOfBroken(error: DomainError): Buffer | null {
    return this.ending().broken(error);
  }

  /** Ends the client's stream, or cuts it off. */
  finish(last: Buffer | null): void {
    this.begin();
    if (last) this.client.end(last);
    else this.client.breakOff();
  }

  private ending(): StreamEnding {
    return (this.isRelayed && this.stream?.ending) || this.exchange.ending();
  }

  private look(): void {
    const now = performance.now();
    if (now - this.lastWrite >= KEEP_ALIVE_MS) this.keepAlive(now);
    if (!this.progress || now - this.lastProgress < PROGRESS_MS) return;
    this.lastProgress = now;
    this.progress();
  }

  private keepAlive(now: number): void {
    const sign = this.ending().keepAlive();
    this.lastWrite = now;
    if (!sign) return;
    this.begin();
    this.client.write(sign);
  }
}
