import type { InferenceCall } from './call';
import { ENDPOINT_PARSERS } from './endpoint-parsers';
import type { Parsed } from './parsed';

/** @throws DomainError 400 with the parameter at fault */
export function parse(call: InferenceCall): Parsed {
  return ENDPOINT_PARSERS[call.endpoint](call);
}
