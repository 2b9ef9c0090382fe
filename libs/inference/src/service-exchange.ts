import { type CompletionRequest, type Deployment, DomainError, NO_USAGE, type Units, type Usage } from '@higress/kernel';
import { adapterFor, type EncodedRequest } from '@higress/providers';
import { CLIENT_SERVICES, type ClientService, openAiEnding, type OpenStream, parseAnswer, rewriteJson, type ScannedJson, type ServiceEndpoint, type ServiceForm, type ServiceShapes, type ServiceWay, type StreamEnding } from '@higress/wire';
import type { InferenceCall } from './call';
import { CONTENT_TYPE } from './content-type';
import { DIALECT_OF } from './dialect-of';
import type { AnswerHead, Exchange, WholeAnswer } from './exchange';
import { lossOf } from './loss-of';
import { unserved } from './unserved';

/** An endpoint that is no conversation, told in JSON both ways: bytes pass to a provider that shares the client's form, others are told it in theirs. */
export class ServiceExchange<E extends ServiceEndpoint> implements Exchange {
  readonly isDeterministic = true;
  readonly streamType = CONTENT_TYPE.events;
  dropped: readonly string[] = [];
  private readonly service: ClientService<E>;
  private readonly form: ServiceForm;
  private asked: ServiceShapes[E]['asked'] | undefined;

  constructor(
    private readonly endpoint: E,
    private readonly call: InferenceCall,
    private readonly json: ScannedJson,
    private readonly request: CompletionRequest,
  ) {
    this.service = CLIENT_SERVICES[endpoint] as ClientService<E>;
    this.form = this.service.formOf(json.value, call.target);
  }

  get dialect() {
    return DIALECT_OF[this.endpoint];
  }

  encode(deployment: Deployment): EncodedRequest {
    const way = this.wayTo(deployment);
    return this.passes(way) ? this.pass(deployment, way) : this.translate(deployment, way);
  }

  readWhole(bytes: Buffer, deployment: Deployment, { headers }: AnswerHead, rest: readonly Buffer[]): WholeAnswer {
    const way = this.wayTo(deployment);
    const { translator } = way;
    if (this.passes(way) || !translator) return this.readPassed(bytes);
    const asked = this.decoded();
    const given: { readonly usage: Usage | null; readonly units?: Units } & ServiceShapes[E]['given'] = translator.decode([bytes, ...rest].map((part) => parseAnswer(part.toString('utf8'))), asked, headers);
    const usage = this.used(given.usage, given.units);
    const body = this.service.encode(given, asked, { model: this.request.model, requestId: this.call.requestId, form: this.form, usage });
    return { body: Buffer.from(JSON.stringify(body)), usage };
  }

  private readPassed(bytes: Buffer): WholeAnswer {
    const { service } = this;
    const answer = parseAnswer(bytes.toString('utf8'));
    const usage = this.used(service.usageOf(answer), service.unitsOf?.(answer));
    const mended = service.mend?.(answer, this.json.value);
    return { body: mended ? Buffer.from(JSON.stringify(mended)) : bytes, usage };
  }

  /** What the provider told, and our own count of what it did not. */
  private used(told: Usage | null, units: Units | undefined): Usage {
    const { estimatedInputTokens, units: most } = this.request;
    const usage = told ?? { ...NO_USAGE, inputTokens: estimatedInputTokens, estimated: true };
    if (!most) return usage;
    return isAbsurd(units, most) ? { ...usage, units: most, estimated: true } : { ...usage, units: { ...most, ...units } };
  }

  /** Nobody can ask for a stream here. */
  open(): OpenStream {
    throw new DomainError('UNSUPPORTED_PARAMETER', { param: 'stream' });
  }

  ending(): StreamEnding {
    return openAiEnding(this.call.requestId);
  }

  private passes({ form, takes }: ServiceWay<E>): boolean {
    return form === this.form && (takes === undefined || takes(this.json.value));
  }

  private pass({ upstreamModel }: Deployment, { path }: ServiceWay<E>): EncodedRequest {
    this.dropped = [];
    const body = upstreamModel === this.request.model ? this.json.bytes : rewriteJson(this.json, { model: JSON.stringify(upstreamModel) });
    return { passes: true, body, path };
  }

  private translate(deployment: Deployment, { translator }: ServiceWay<E>): EncodedRequest {
    if (!translator) throw unserved(this.endpoint);
    const loss = lossOf(this.call, deployment);
    const [first, ...rest] = translator.encode(this.decoded(), { model: deployment.upstreamModel, loss });
    this.dropped = loss.dropped;
    return { ...first, passes: false, further: rest.map((part) => ({ ...part, passes: false })) };
  }

  private wayTo({ provider, upstreamModel }: Deployment): ServiceWay<E> {
    const way = adapterFor(provider.dialect).services(provider, upstreamModel)[this.endpoint];
    if (!way) throw unserved(this.endpoint);
    return way;
  }

  private decoded(): ServiceShapes[E]['asked'] {
    return (this.asked ??= this.service.decode(this.json.value, this.form));
  }
}

/** Providers count a little otherwise than we do, and none so many times as much. */
const OFF_BY = 4;

function isAbsurd({ searches = 0 }: Units = {}, { searches: most = 0 }: Units): boolean {
  return searches > most * OFF_BY;
}
