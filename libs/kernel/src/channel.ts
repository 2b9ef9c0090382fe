/** `external`: API keys, charged. `internal`: JWT, recorded at price and never charged. */
export type Channel = 'external' | 'internal';

/** Whose wire form a client speaks, as the bill and the errors tell it. */
export type Dialect = 'openai' | 'anthropic' | 'gemini';

/** What a client asks the gateway to do; also the value of a key's `endpoints` scope. */
export const ENDPOINTS = ['chat/completions', 'responses', 'messages', 'messages/count_tokens', 'generateContent', 'embeddings', 'rerank', 'moderations', 'images/generations', 'images/edits', 'audio/speech', 'audio/transcriptions', 'audio/translations', 'models'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** How a tenant pays: with a hold before the call, after the call, or not at all. */
export const BILLING_MODES = ['prepaid', 'postpaid', 'internal'] as const;
export type BillingMode = (typeof BILLING_MODES)[number];
