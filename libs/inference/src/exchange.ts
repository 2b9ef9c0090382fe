import type { ClientDialect, Deployment, Principal, Usage } from '@higress/kernel';
import type { AnswerHeaders, EncodedRequest } from '@higress/providers';
import type { OpenStream, StreamEnding } from '@higress/wire';

/** A provider's whole answer: its bytes for the client, its usage for the bill. */
export interface WholeAnswer {
  readonly body: Buffer;
  readonly usage: Usage;
  /** Where the body is not one JSON object. */
  readonly contentType?: string;
}

/** What stood before a provider's answer. It is taken apart by whoever asks for it first: most never ask. */
export interface AnswerHead {
  readonly headers: AnswerHeaders;
}

/**
 * One call of one endpoint, between its client and whichever provider is tried: how each is told the request, and how its answer becomes
 * the client's. One for each call; conversations, services and media have their own.
 */
export interface Exchange {
  readonly dialect: ClientDialect;
  /** Whether the same request may be given the same answer again. */
  readonly isDeterministic: boolean;
  /** True where its answers are pictures or sound, which are as large as streams are. */
  readonly isMedia?: boolean;
  /** What makes its request the same as another, where that is not its bytes. */
  readonly identity?: Buffer;
  /** What the last provider could not be asked, as the client spelled it. */
  readonly dropped: readonly string[];
  /** The content type of a stream whose provider does not decide it. */
  readonly streamType: string;
  /** @throws DomainError UNSUPPORTED_PARAMETER where the deployment cannot be asked this */
  encode(deployment: Deployment, principal: Principal): EncodedRequest;
  /**
   * @param rest the answers to what was asked further, in its order
   * @throws DomainError UPSTREAM_INVALID_RESPONSE: HTML with status 200 is no answer
   */
  readWhole(bytes: Buffer, deployment: Deployment, answer: AnswerHead, rest: readonly Buffer[]): WholeAnswer;
  /** How the stream of a deployment is read, and how the client's is kept and ended. */
  open(deployment: Deployment, answer: AnswerHead): OpenStream;
  /** What is said in the client's stream while no provider has answered. */
  ending(): StreamEnding;
}
