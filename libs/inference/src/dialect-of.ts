import type { ClientDialect, Dialect } from '@higress/kernel';
import type { InferenceCall } from './call';

/** How the clients of each endpoint speak. */
export const DIALECT_OF = {
  'chat/completions': 'openai',
  embeddings: 'openai',
  rerank: 'openai',
  moderations: 'openai',
  responses: 'responses',
  messages: 'anthropic',
  generateContent: 'gemini',
  'images/generations': 'openai',
  'images/edits': 'openai',
  'audio/speech': 'openai',
  'audio/transcriptions': 'openai',
  'audio/translations': 'openai',
} as const satisfies Record<InferenceCall['endpoint'], ClientDialect>;

/** As the bill tells it: Responses are OpenAI's too. */
export function billedDialect(endpoint: InferenceCall['endpoint']): Dialect {
  const dialect = DIALECT_OF[endpoint];
  return dialect === 'responses' ? 'openai' : dialect;
}
