import { type Deployment, DomainError, type Usage } from '@higress/kernel';
import type { AnswerHeaders, EncodedRequest } from '@higress/providers';
import { isOfType, MediaEventStream, mediaType, openAiEnding, type OpenStream, parseAnswer, type StreamEnding, type TranscriptionRequest, TranscriptionTally, WholeInStream } from '@higress/wire';
import type { InferenceCall } from '../call';
import { CONTENT_TYPE } from '../content-type';
import type { AnswerHead, Exchange, WholeAnswer } from '../exchange';
import { openStream } from '../open-stream';
import type { MediaBody } from './media-body';
import { isByUnit, isEvents, isJson, wayTo } from './media-call';

/** Sound that is heard and written down: the form passes as bytes, the words come as JSON, text, subtitles or events. */
export class TranscriptionExchange implements Exchange {
  readonly dialect = 'openai';
  readonly isDeterministic = false;
  readonly isMedia = true;
  readonly streamType = CONTENT_TYPE.events;
  readonly dropped: readonly string[] = [];

  constructor(
    private readonly endpoint: 'audio/transcriptions' | 'audio/translations',
    private readonly call: InferenceCall,
    private readonly body: MediaBody,
    private readonly request: TranscriptionRequest,
  ) {}

  get identity(): Buffer | undefined {
    return this.body.form?.identity();
  }

  encode(deployment: Deployment): EncodedRequest {
    wayTo(deployment, this.endpoint);
    return { passes: true, ...this.body.sent(this.request, deployment.upstreamModel) };
  }

  readWhole(bytes: Buffer, deployment: Deployment, { headers }: AnswerHead): WholeAnswer {
    if (this.isText && !isJson(headers)) return { body: bytes, usage: this.readText(bytes, deployment, headers), contentType: mediaType(headers['content-type'], CONTENT_TYPE.text) };
    return { body: bytes, usage: this.readJson(bytes, deployment) };
  }

  /** A provider that knows no streams answers as if none had been asked for. */
  open(deployment: Deployment, { headers }: AnswerHead): OpenStream {
    if (isEvents(headers)) return openStream(new MediaEventStream(this.tally(deployment), this.call.requestId), CONTENT_TYPE.events);
    if (isJson(headers)) return openStream(new WholeInStream((bytes) => this.readJson(bytes, deployment)), CONTENT_TYPE.json);
    if (!this.isText) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    return openStream(new WholeInStream((bytes) => this.readText(bytes, deployment, headers)), mediaType(headers['content-type'], CONTENT_TYPE.text));
  }

  ending(): StreamEnding {
    return openAiEnding(this.call.requestId);
  }

  private get isText(): boolean {
    return !this.request.format.endsWith('json');
  }

  private readJson(bytes: Buffer, deployment: Deployment): Usage {
    const tally = this.tally(deployment);
    tally.whole(parseAnswer(bytes.toString('utf8')));
    return tally.usage;
  }

  private readText(bytes: Buffer, deployment: Deployment, headers: AnswerHeaders): Usage {
    if (isOfType(headers['content-type'], 'text/html')) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    const tally = this.tally(deployment);
    tally.wholeText(bytes.toString('utf8'));
    return tally.usage;
  }

  private tally(deployment: Deployment): TranscriptionTally {
    return new TranscriptionTally(this.request, isByUnit(deployment, this.request.units));
  }
}
