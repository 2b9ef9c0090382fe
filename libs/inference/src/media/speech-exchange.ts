import { type Deployment, DomainError } from '@higress/kernel';
import type { EncodedRequest } from '@higress/providers';
import { MediaEventStream, mediaType, openAiEnding, type OpenStream, PassedSound, type SpeechRequest, SpeechTally, type StreamEnding } from '@higress/wire';
import type { InferenceCall } from '../call';
import { CONTENT_TYPE } from '../content-type';
import type { AnswerHead, Exchange, WholeAnswer } from '../exchange';
import { openStream } from '../open-stream';
import type { MediaBody } from './media-body';
import { isByUnit, isEvents, wayTo } from './media-call';

/** A text that is spoken: its sound passes as it is made, as it is or in events. */
export class SpeechExchange implements Exchange {
  readonly dialect = 'openai';
  readonly isDeterministic = false;
  readonly isMedia = true;
  readonly streamType: string;
  readonly dropped: readonly string[] = [];

  constructor(
    private readonly call: InferenceCall,
    private readonly body: MediaBody,
    private readonly request: SpeechRequest,
  ) {
    this.streamType = request.asEvents ? CONTENT_TYPE.events : CONTENT_TYPE.bytes;
  }

  encode(deployment: Deployment): EncodedRequest {
    wayTo(deployment, 'audio/speech');
    return { passes: true, ...this.body.sent(this.request, deployment.upstreamModel) };
  }

  /** Nobody waits for all of it. */
  readWhole(): WholeAnswer {
    throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  }

  open(deployment: Deployment, { headers }: AnswerHead): OpenStream {
    const tally = new SpeechTally(this.request, isByUnit(deployment, this.request.units));
    if (isEvents(headers)) return openStream(new MediaEventStream(tally, this.call.requestId), CONTENT_TYPE.events);
    const type = mediaType(headers['content-type'], '');
    // A page or a JSON object with status 200 is no sound.
    if (type === '' || type.startsWith('text/')) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    return openStream(new PassedSound(tally.usage), type);
  }

  ending(): StreamEnding {
    return this.request.asEvents ? openAiEnding(this.call.requestId) : new PassedSound(new SpeechTally(this.request, true).usage);
  }
}
