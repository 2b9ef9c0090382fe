import { DomainError, type Usage } from '@higress/kernel';
import { EventCutter } from '../event-cutter';
import type { StreamStep } from '../openai-stream-reader';
import type { AnswerTarget, ClientCodec, StreamDecoder, StreamEncoder } from './dialect-codec';
import { cutShort, StreamGauge } from './stream-gauge';
import type { StreamEnding, StreamReader } from './stream-reader';
import { asComment } from './translated-stream';

const EMPTY = Buffer.alloc(0);
const EVENT_END = Buffer.from('\n\n');
const MAX_EVENT_BYTES = 1024 * 1024;

/**
 * A stream whose provider speaks as its client does: its events pass as they are, and are only read for what they tell of content, usage and
 * end; where an answer is kept here, those that tell so say it. The event that ends it is kept for the gateway's own last word; an error of the provider's is replaced by ours.
 */
export class PassedStream implements StreamReader, StreamEnding {
  finished = false;
  private readonly gauge = new StreamGauge();
  private readonly cutter = new EventCutter();
  private readonly encoder: StreamEncoder;
  private readonly retell: ((event: Buffer) => Buffer) | null;
  private last: Buffer = EMPTY;

  constructor(
    private readonly decoder: StreamDecoder,
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
    const step = this.readEvents(this.cutter.push(piece));
    if (step.fault || this.finished || this.cutter.heldBytes <= MAX_EVENT_BYTES) return step;
    return { ...step, fault: new DomainError('UPSTREAM_INVALID_RESPONSE', { message: 'An event of the provider’s stream is larger than 1 MiB.' }) };
  }

  end(): StreamStep {
    const step = this.readEvents(this.cutter.end());
    return step.fault || this.finished ? step : { ...step, fault: cutShort(this.gauge) };
  }

  keepAlive(): Buffer {
    return this.encoder.keepAlive();
  }

  whole(aside: Readonly<Record<string, unknown>> | null): Buffer {
    return aside ? Buffer.concat([asComment(aside), this.last]) : this.last;
  }

  broken(error: DomainError): Buffer {
    return this.encoder.fail(error, this.decoder.seen);
  }

  private readEvents(bytes: Buffer): StreamStep {
    let start = 0;
    let useful = false;
    const told: Buffer[] = [];
    const forward = () => (this.retell ? Buffer.concat(told) : bytes.subarray(0, start));
    for (let end = bytes.indexOf(EVENT_END); end !== -1 && !this.finished; end = bytes.indexOf(EVENT_END, start)) {
      const next = end + EVENT_END.length;
      const event = bytes.subarray(start, next);
      const step = this.decoder.push(event);
      this.gauge.note(step.chunks);
      useful ||= step.useful;
      if (step.fault) return { forward: forward(), useful, fault: step.fault };
      if (this.decoder.finished) {
        this.finished = true;
        this.last = this.retell ? this.retell(event) : Buffer.from(event);
        break;
      }
      if (this.retell) told.push(this.retell(event));
      start = next;
    }
    return { forward: forward(), useful, fault: null };
  }
}
