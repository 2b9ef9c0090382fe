import { DomainError, type CompletionRequest, type Usage } from '@higress/kernel';
import { estimatePromptTokens } from '@higress/pricing';
import { readOpenAiUsage } from '../answer-usage';
import type { Json } from '../canonical/fields';
import { invalid, readModel } from '../chat-request';
import type { ScannedJson } from '../scan-json';
import type { ClientService } from './service';

/** Nobody has moderations in a form but OpenAI's: they only pass. */
export type ModerationsAsked = Json;
export interface ModerationsGiven {
  readonly answer: Json;
  readonly usage: Usage | null;
}

/** OpenAI's moderations: a text, texts, or texts and images. */
export const moderationsService: ClientService<'moderations'> = {
  read,
  formOf: () => 'openai',
  decode: (body) => body,
  usageOf({ results, usage }) {
    if (!Array.isArray(results)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    return readOpenAiUsage(usage);
  },
  encode: ({ answer }) => answer,
};

function read({ value }: ScannedJson): CompletionRequest {
  const model = readModel(value);
  const { input } = value;
  const known = typeof input === 'string' ? input !== '' : Array.isArray(input) && input.length > 0 && input.every((item) => typeof item === 'string' || (typeof item === 'object' && item !== null));
  if (!known) throw invalid('input', 'must be a non-empty string or an array of strings or of parts');
  return { model, stream: false, includeUsage: false, maxOutputTokens: 0, choices: 1, estimatedInputTokens: estimatePromptTokens(input) };
}
