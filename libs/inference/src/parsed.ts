import type { CompletionRequest } from '@higress/kernel';
import type { Exchange } from './exchange';
import type { ParsedConversation } from './parse-conversation';

/** A request that was understood, and how it is carried to a provider and back. */
export interface Parsed {
  readonly request: CompletionRequest;
  readonly exchange: Exchange;
  /** Of a response, which may continue an earlier one: what is told anew then. */
  readonly response?: ParsedConversation;
}
