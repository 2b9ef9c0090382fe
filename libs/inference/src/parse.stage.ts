import type { CompletionRequest } from '@higress/kernel';
import type { InferenceCall } from './call';
import { ENDPOINT_PARSERS } from './endpoint-parsers';
import type { Exchange } from './exchange';
import type { ParsedConversation } from './parse-conversation';

/** A request that was understood, and how it is carried to a provider and back. */
export interface Parsed {
  readonly request: CompletionRequest;
  readonly exchange: Exchange;
  /** Of a response, which may continue an earlier one: what is told anew then. */
  readonly response?: ParsedConversation;
}

/** @throws DomainError 400 with the parameter at fault */
export function parse(call: InferenceCall): Parsed {
  return ENDPOINT_PARSERS[call.endpoint](call);
}
