import { type CanonicalAnswer, type CanonicalRequest, type ClientDialect, type CompletionRequest, type Deployment, DomainError, NO_USAGE, type Part, type Principal, type Usage } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import { adapterFor, type EncodedRequest } from '@higress/providers';
import { type AnswerTarget, CLIENT_CODECS, contentOf, type EncodeTarget, itemsForOpenAi, openAiEnding, OpenAiStreamReader, type OpenStream, parseAnswer, PASSING_CODECS, PassedStream, type ProviderCodec, readOpenAiUsage, type ResponseKeeping, restoreCustomCalls, retellResponse, rewriteJson, type ScannedJson, type StreamEnding, TranslatedStream } from '@higress/wire';
import type { InferenceCall } from './call';
import { CONTENT_TYPE } from './content-type';
import { DIALECT_OF } from './dialect-of';
import type { Exchange, WholeAnswer } from './exchange';
import { isDeterministic } from './is-deterministic';
import { lossOf } from './loss-of';
import { openStream } from './open-stream';
import { maxOutputTokens, mustBound } from './output-bound';
import { passChat } from './pass-chat';
import type { Thread } from './response-memory';

const SEALED_THOUGHTS = 'reasoning.encrypted_content';

/** A conversation between a client and whichever provider is tried: each as it speaks, with a translation between them where they differ. */
export class Conversation implements Exchange {
  dropped: readonly string[] = [];
  readonly dialect: ClientDialect;

  /**
   * @param asked the request free of its dialect, where it was read so already
   * @param thread what it continues, which stands in `json` already, and whether its answer is to be kept
   */
  constructor(
    private readonly call: InferenceCall,
    private readonly json: ScannedJson,
    private readonly request: CompletionRequest,
    private asked: CanonicalRequest | null,
    private readonly thread: Thread | null = null,
  ) {
    this.dialect = DIALECT_OF[call.endpoint];
  }

  get isDeterministic(): boolean {
    return isDeterministic(this.call.endpoint, this.json.value);
  }

  get streamType(): string {
    return this.call.path?.asArray ? CONTENT_TYPE.jsonArray : CONTENT_TYPE.events;
  }

  encode(deployment: Deployment, principal: Principal): EncodedRequest {
    const { json, request } = this;
    const passes = this.passesTo(deployment);
    if (passes && this.dialect === 'openai') return { passes, body: passChat(json, request, deployment, principal) };
    const bound = mustBound(principal, request) ? maxOutputTokens(request, deployment) : undefined;
    return { passes, body: passes ? this.pass(deployment, bound) : this.translate(deployment, bound) };
  }

  /** Whether the client's bytes are understood by this provider as they are. */
  private passesTo({ provider }: Deployment): boolean {
    return adapterFor(provider.dialect).speaks(this.dialect, provider);
  }

  /** How a deployment's answers are read. */
  private codecOf(deployment: Deployment): ProviderCodec {
    return this.passesTo(deployment) ? PASSING_CODECS[this.dialect] : adapterFor(deployment.provider.dialect).codec(deployment.provider);
  }

  /**
   * The request for a provider that speaks otherwise.
   * @param bound tokens of an answer for a caller who must have a bound and gave none
   * @throws DomainError UNSUPPORTED_PARAMETER
   */
  private translate(deployment: Deployment, bound: number | undefined): Buffer {
    const { provider, upstreamModel } = deployment;
    const loss = lossOf(this.call, deployment);
    const target: EncodeTarget = { model: upstreamModel, maxOutputTokens: bound, mostOutputTokens: deployment.maxOutputTokens ?? undefined, loss };
    const body = adapterFor(provider.dialect).codec(provider).encodeRequest(this.canonical(), target);
    this.dropped = loss.dropped;
    return Buffer.from(JSON.stringify(body));
  }

  /** The client's bytes for a provider that speaks as it does, in a dialect other than Chat Completions. */
  private pass({ provider, upstreamModel }: Deployment, bound: number | undefined): Buffer {
    this.dropped = [];
    const members: Record<string, string> = {};
    if (this.json.spans.has('model') && upstreamModel !== this.request.model) members.model = JSON.stringify(upstreamModel);
    // What a provider kept under our account would be within reach of others.
    if (this.dialect === 'responses') members.store = 'false';
    if (this.thread) this.continue(members, this.thread);
    if (bound !== undefined) this.bind(members, adapterFor(provider.dialect).outputBoundField(provider), bound);
    return rewriteJson(this.json, members);
  }

  private continue(members: Record<string, string>, { history, input, isKept }: Thread): void {
    if (history.length > 0) members.input = JSON.stringify([...itemsForOpenAi(history), ...input]);
    const { include, reasoning } = this.json.value;
    const tellsHowToThink = Object.values((reasoning as object | null | undefined) ?? {}).some((value) => typeof value === 'string');
    // Sealed, thoughts can be given back with the next request; who does not tell how to think may have a model that has none to seal.
    if (isKept && tellsHowToThink && !(Array.isArray(include) && include.includes(SEALED_THOUGHTS))) members.include = JSON.stringify([...(Array.isArray(include) ? (include as unknown[]) : []), SEALED_THOUGHTS]);
  }

  private bind(members: Record<string, string>, field: string, bound: number): void {
    if (this.dialect === 'responses') members.max_output_tokens = String(bound);
    else if (this.dialect === 'gemini') {
      const name = this.json.spans.has('generation_config') ? 'generation_config' : 'generationConfig';
      members[name] = JSON.stringify({ ...(this.json.value[name] as object | undefined), maxOutputTokens: bound });
    } else members[field] = String(bound);
  }

  readWhole(bytes: Buffer, deployment: Deployment): WholeAnswer {
    const passes = this.passesTo(deployment);
    if (passes && this.dialect === 'openai') return this.readPassedChat(bytes);
    const answer = this.codecOf(deployment).decodeAnswer(parseAnswer(bytes.toString('utf8')));
    const usage = answer.usage ?? this.estimated(textOf(answer));
    const keeping = this.keeping();
    if (passes) return { usage, body: keeping ? retellResponse(bytes, false, keeping) : bytes };
    const request = this.canonical();
    const body = CLIENT_CODECS[this.dialect].encodeAnswer(restoreCustomCalls(withUsage(answer, this.request), request), this.target());
    return { usage, body: Buffer.from(JSON.stringify(body)) };
  }

  private readPassedChat(bytes: Buffer): WholeAnswer {
    const answer = parseAnswer(bytes.toString('utf8'));
    if (!Array.isArray(answer.choices)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    return { usage: readOpenAiUsage(answer.usage) ?? this.estimated(contentOf(answer)), body: bytes };
  }

  private estimated(text: string): Usage {
    return { ...NO_USAGE, inputTokens: this.request.estimatedInputTokens, outputTokens: estimateTokens(text), estimated: true };
  }

  open(deployment: Deployment): OpenStream {
    const passes = this.passesTo(deployment);
    if (passes && this.dialect === 'openai') return { reader: new OpenAiStreamReader(!this.request.includeUsage), ending: openAiEnding(this.call.requestId) };
    const client = CLIENT_CODECS[this.dialect];
    // Providers are asked for events, also where the client wants one array.
    const stream = passes && !this.call.path?.asArray ? new PassedStream(PASSING_CODECS[this.dialect].streamDecoder(), client, this.target()) : new TranslatedStream(this.codecOf(deployment).streamDecoder(), client, this.target());
    return openStream(stream);
  }

  ending(): StreamEnding {
    if (this.dialect === 'openai') return openAiEnding(this.call.requestId);
    const keeping = this.keeping();
    const encoder = CLIENT_CODECS[this.dialect].streamEncoder({ ...this.target(), keeping: keeping && { ...keeping, store: false } });
    return { keepAlive: () => encoder.keepAlive(), whole: () => encoder.end(), broken: (error) => encoder.fail(error) };
  }

  private canonical(): CanonicalRequest {
    return (this.asked ??= CLIENT_CODECS[this.dialect].decodeRequest(this.json.value, this.call.path));
  }

  private keeping(): ResponseKeeping | undefined {
    return this.thread ? { store: this.thread.isKept, previousId: this.thread.previousId } : undefined;
  }

  private target(): AnswerTarget {
    return { model: this.request.model, requestId: this.call.requestId, nowUnix: Math.floor(Date.now() / 1000), estimatedInputTokens: this.request.estimatedInputTokens, request: this.canonical(), asArray: this.call.path?.asArray, asked: this.json.value, keeping: this.keeping() };
  }
}

/** A client is told an estimate rather than that nothing was used. */
function withUsage(answer: CanonicalAnswer, { estimatedInputTokens }: CompletionRequest): CanonicalAnswer {
  if (answer.usage) return answer;
  const usage = { inputTokens: estimatedInputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: estimateTokens(textOf(answer)), reasoningTokens: 0, audioInputTokens: 0, audioOutputTokens: 0, longCacheWriteTokens: 0, estimated: true };
  return { ...answer, usage };
}

function textOf({ choices }: CanonicalAnswer): string {
  return choices.flatMap(({ parts }) => parts.map(textOfPart)).join('');
}

function textOfPart(part: Part): string {
  if (part.type === 'tool_call') return part.name + part.arguments;
  return 'text' in part ? part.text : '';
}
