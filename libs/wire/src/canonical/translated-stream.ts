import type { DomainError, Usage } from '@higress/kernel';
import { withAside } from '../sse';
import type { AnswerTarget, ClientCodec, DecodedPiece, StreamDecoder, StreamEncoder } from './dialect-codec';
import { CustomCallRestorer } from './restore-custom-calls';
import { cutShort, StreamGauge } from './stream-gauge';
import type { StreamEnding, StreamReader, StreamStep } from './stream-reader';

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
    return withAside(this.target.asArray ? null : aside, this.encoder.end());
  }

  broken(error: DomainError): Buffer {
    return this.encoder.fail(error);
  }

  private step({ chunks, useful, fault }: DecodedPiece): StreamStep {
    for (const chunk of chunks) this.gauge.note(chunk);
    return { forward: chunks.length === 0 ? EMPTY : this.encoder.push(this.customs.push(chunks)), useful, fault };
  }
}
