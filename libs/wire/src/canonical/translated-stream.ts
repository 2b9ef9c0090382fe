import type { DomainError, Usage } from '@higress/kernel';
import type { StreamStep } from '../openai-stream-reader';
import type { AnswerTarget, ClientCodec, DecodedPiece, StreamDecoder, StreamEncoder } from './dialect-codec';
import { CustomCallRestorer } from './restore-custom-calls';
import { cutShort, StreamGauge } from './stream-gauge';
import type { StreamEnding, StreamReader } from './stream-reader';

const EMPTY = Buffer.alloc(0);

/** A provider's stream in one dialect, a client's in another. */
export class TranslatedStream implements StreamReader, StreamEnding {
  private readonly gauge = new StreamGauge();
  private readonly encoder: StreamEncoder;
  private readonly customs: CustomCallRestorer;

  constructor(
    private readonly decoder: StreamDecoder,
    client: ClientCodec,
    private readonly target: AnswerTarget,
  ) {
    this.encoder = client.streamEncoder(target);
    this.customs = new CustomCallRestorer(target.request);
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
    return this.step(this.decoder.push(piece));
  }

  end(): StreamStep {
    const step = this.step(this.decoder.end());
    return step.fault || this.finished ? step : { ...step, fault: cutShort(this.gauge) };
  }

  keepAlive(): Buffer {
    return this.encoder.keepAlive();
  }

  whole(aside: Readonly<Record<string, unknown>> | null): Buffer {
    const end = this.encoder.end();
    return aside && !this.target.asArray ? Buffer.concat([asComment(aside), end]) : end;
  }

  broken(error: DomainError): Buffer {
    return this.encoder.fail(error);
  }

  private step({ chunks, useful, fault }: DecodedPiece): StreamStep {
    this.gauge.note(chunks);
    return { forward: chunks.length === 0 ? EMPTY : this.encoder.push(this.customs.push(chunks)), useful, fault };
  }
}

/** Every client of server-sent events reads past a comment. JSON is one line. */
export function asComment(aside: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`: gateway ${JSON.stringify(aside)}\n\n`);
}
