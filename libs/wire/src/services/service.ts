import type { CompletionRequest, Units, Usage } from '@higress/kernel';
import type { Json } from '../canonical/fields';
import type { Loss } from '../canonical/loss';
import type { ScannedJson } from '../scan-json';
import type { EmbeddingsAsked, EmbeddingsGiven } from './embeddings-shapes';
import type { ModerationsAsked, ModerationsGiven } from './moderations-service';
import type { RerankAsked, RerankGiven } from './rerank-shapes';

/** The endpoints that are no conversation and are told in JSON, each with what is asked and what is given, free of any provider's form. */
export interface ServiceShapes {
  embeddings: { readonly asked: EmbeddingsAsked; readonly given: EmbeddingsGiven };
  rerank: { readonly asked: RerankAsked; readonly given: RerankGiven };
  moderations: { readonly asked: ModerationsAsked; readonly given: ModerationsGiven };
}

export type ServiceEndpoint = keyof ServiceShapes;
type Asked<E extends ServiceEndpoint> = ServiceShapes[E]['asked'];
type Given<E extends ServiceEndpoint> = ServiceShapes[E]['given'];

/** In whose form a service is asked and answered, where there are several: bytes pass between two that share one. */
export type ServiceForm = 'openai' | 'jina' | 'cohere';

/** What an answer for a client needs beside what was given. */
export interface ServiceAnswerTarget {
  /** The model's name as the client asked for it. */
  readonly model: string;
  readonly requestId: string;
  readonly form: ServiceForm;
  readonly usage: Usage;
}

/** How the clients of one service are spoken to. */
export interface ClientService<E extends ServiceEndpoint> {
  /** What the pipeline needs to know. @throws DomainError INVALID_REQUEST with the parameter at fault */
  read(json: ScannedJson): CompletionRequest;
  /** @param target the request's path, where it tells the form */
  formOf(body: Json, target: string): ServiceForm;
  /** @throws DomainError INVALID_REQUEST with the parameter at fault */
  decode(body: Json, form: ServiceForm): Asked<E>;
  /** The usage in an answer that passes; null where it tells none. @throws DomainError UPSTREAM_INVALID_RESPONSE for what is no answer */
  usageOf(answer: Json): Usage | null;
  /** What an answer that passes tells beside tokens; undefined where it tells none. */
  unitsOf?(answer: Json): Units | undefined;
  /** An answer that passes, as its client must have it; undefined where that is as it is. */
  mend?(answer: Json, asked: Json): Json | undefined;
  encode(given: Given<E>, asked: Asked<E>, target: ServiceAnswerTarget): Json;
}

/** What a request for a provider needs beside what the client asked. */
export interface ServiceTarget {
  /** The model's name at the provider. */
  readonly model: string;
  readonly loss: Loss;
}

/** One request for a provider. */
export interface ServiceCall {
  readonly body: Buffer;
  /** What follows the provider's base URL, where it is not the usual one of the endpoint. */
  readonly path?: string;
  /** Where the body is no JSON. */
  readonly contentType?: string;
}

/** Header fields of a provider's answer, names in lower case. */
export type ServiceFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How one kind of provider is asked for a service in words of its own. */
export interface ServiceTranslator<E extends ServiceEndpoint> {
  /**
   * One call, or several where the provider takes less in one than was asked for. All of them are made, and any that fails fails all.
   * @throws DomainError UNSUPPORTED_PARAMETER
   */
  encode(asked: Asked<E>, target: ServiceTarget): readonly [ServiceCall, ...ServiceCall[]];
  /**
   * @param answers one for each call, in their order
   * @param fields the header fields of the first
   * @throws DomainError UPSTREAM_INVALID_RESPONSE
   */
  decode(answers: readonly Json[], asked: Asked<E>, fields: ServiceFields): Given<E>;
}

/** How a provider is asked for a service: the bytes of clients who speak its form pass, everybody else is translated. */
export interface ServiceWay<E extends ServiceEndpoint> {
  readonly form?: ServiceForm;
  /** False for a body that is of its form and yet not what it takes; absent: it takes all. */
  readonly takes?: (body: Json) => boolean;
  /** Where bytes pass to, if elsewhere than the endpoint's usual path. */
  readonly path?: string;
  readonly translator?: ServiceTranslator<E>;
}

/** What a provider can be asked beside conversations; what is absent it cannot. */
export type ServiceWays = { readonly [E in ServiceEndpoint]?: ServiceWay<E> };
