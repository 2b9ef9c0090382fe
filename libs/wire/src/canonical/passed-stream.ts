import type { DomainError, Usage } from '@higress/kernel';
import { bytesOf, type EventFate, EventWalk, LAST, PASSES, PASSES_IDLY, type WholeEvent } from '../event-walk';
import { withAside } from '../sse';
import type { AnswerTarget, ClientCodec, EventDecoder, StreamEncoder } from './dialect-codec';
import { cutShort, StreamGauge } from './stream-gauge';
import type { StreamEnding, StreamReader, StreamStep } from './stream-reader';

const EMPTY = Buffer.alloc(0);

/**
 * A stream whose provider speaks as its client does: its events pass as they are, and are only read for what they tell of content, usage and
 * end; where an answer is kept here, those that tell so say it. The event that ends it is kept for the gateway's own last word; an error of the provider's is replaced by ours.
 */
export class PassedStream implements StreamReader, StreamEnding {
  private readonly gauge = new StreamGauge();
  private readonly walk = new EventWalk((event) => this.readEvent(event));
  private readonly encoder: StreamEncoder;
  private readonly retell: ((event: Buffer) => Buffer) | null;
  private last: Buffer = EMPTY;

  constructor(
    private readonly decoder: EventDecoder,
    client: ClientCodec,
    target: AnswerTarget,
  ) {
    this.encoder = client.streamEncoder(target);
    const { keeping } = target;
    this.retell = keeping && client.retell ? (event) => client.retell?.(event, keeping) ?? event : null;
  }

  get committed(): boolean {
    return this.gauge.committed;
  }

  get finished(): boolean {
    return this.decoder.finished;
  }

  get usage(): Usage | null {
    return this.gauge.usage;
  }

  get isUsageCurrent(): boolean {
    return this.gauge.isUsageCurrent;
  }

  estimateOutputTokens(): number {
    return this.gauge.estimateOutputTokens();
  }

  push(piece: Buffer): StreamStep {
    return this.walk.push(piece);
  }

  end(): StreamStep {
    const step = this.walk.end();
    return step.fault || this.finished ? step : { ...step, fault: cutShort(this.gauge) };
  }

  keepAlive(): Buffer {
    return this.encoder.keepAlive();
  }

  whole(aside: Readonly<Record<string, unknown>> | null): Buffer {
    return withAside(aside, this.last);
  }

  broken(error: DomainError): Buffer {
    return this.encoder.fail(error, this.decoder.seen);
  }

  private readEvent(event: WholeEvent): EventFate {
    const useful = this.decoder.readEvent(event, (chunk) => this.gauge.note(chunk));
    if (this.finished) {
      this.last = this.retell ? this.retell(bytesOf(event)) : Buffer.from(bytesOf(event));
      return LAST;
    }
    if (this.retell) return { forward: this.retell(bytesOf(event)), useful, isLast: false };
    return useful ? PASSES : PASSES_IDLY;
  }
}
