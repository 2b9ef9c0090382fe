import { type CompletionRequest, type Deployment, DomainError } from '@higress/kernel';
import type { EncodedRequest } from '@higress/providers';
import { decodeImagesRequest, encodeImagesAnswer, ImageTally, type ImageTranslator, MediaEventStream, openAiEnding, type OpenStream, parseAnswer, type StreamEnding, WholeInStream } from '@higress/wire';
import type { InferenceCall } from '../call';
import { CONTENT_TYPE } from '../content-type';
import type { AnswerHead, Exchange, WholeAnswer } from '../exchange';
import { lossOf } from '../loss-of';
import { openStream } from '../open-stream';
import type { MediaBody } from './media-body';
import { isByUnit, isEvents, isJson, wayTo } from './media-call';

/** Pictures made or changed: bytes pass to a provider of OpenAI's form, others are asked in their own. */
export class ImageExchange implements Exchange {
  readonly dialect = 'openai';
  readonly isDeterministic = false;
  readonly isMedia = true;
  readonly streamType = CONTENT_TYPE.events;
  dropped: readonly string[] = [];

  constructor(
    private readonly endpoint: 'images/generations' | 'images/edits',
    private readonly call: InferenceCall,
    private readonly body: MediaBody,
    private readonly request: CompletionRequest,
  ) {}

  get identity(): Buffer | undefined {
    return this.body.form?.identity();
  }

  encode(deployment: Deployment): EncodedRequest {
    const way = wayTo(deployment, this.endpoint);
    if (way !== 'passes') return this.translate(deployment, way);
    this.dropped = [];
    return { passes: true, ...this.body.sent(this.request, deployment.upstreamModel) };
  }

  readWhole(bytes: Buffer, deployment: Deployment, _answer: AnswerHead, rest: readonly Buffer[]): WholeAnswer {
    const way = wayTo(deployment, this.endpoint);
    const tally = this.tally(deployment);
    if (way === 'passes') {
      tally.whole(parseAnswer(bytes.toString('utf8')));
      return { body: bytes, usage: tally.usage };
    }
    const given = way.decode([bytes, ...rest].map((part) => parseAnswer(part.toString('utf8'))));
    tally.made(given.images.length, given.usage);
    return { body: Buffer.from(JSON.stringify(encodeImagesAnswer(given, Math.floor(Date.now() / 1000)))), usage: tally.usage };
  }

  open(deployment: Deployment, { headers }: AnswerHead): OpenStream {
    const tally = this.tally(deployment);
    if (isEvents(headers)) return openStream(new MediaEventStream(tally, this.call.requestId), CONTENT_TYPE.events);
    if (!isJson(headers)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    const whole = (bytes: Buffer) => {
      tally.whole(parseAnswer(bytes.toString('utf8')));
      return tally.usage;
    };
    return openStream(new WholeInStream(whole), CONTENT_TYPE.json);
  }

  ending(): StreamEnding {
    return openAiEnding(this.call.requestId);
  }

  private translate(deployment: Deployment, translator: ImageTranslator): EncodedRequest {
    const loss = lossOf(this.call, deployment);
    // A stream that was dropped could not be answered as one.
    if (this.request.stream) throw new DomainError('UNSUPPORTED_PARAMETER', { message: "'stream' cannot be passed on to the provider of this model.", param: 'stream' });
    const asked = decodeImagesRequest(this.body.value, this.body.form?.files('image') ?? [], loss);
    const [first, ...rest] = translator.encode(asked, { model: deployment.upstreamModel, loss });
    this.dropped = loss.dropped;
    return { ...first, passes: false, further: rest.map((part) => ({ ...part, passes: false })) };
  }

  private tally(deployment: Deployment): ImageTally {
    return new ImageTally(this.request, isByUnit(deployment, this.request.units));
  }
}
