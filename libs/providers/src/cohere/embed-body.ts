import { compact, type EmbeddingsAsked, type Json, leaveOut, type Loss } from '@higress/wire';

/** Most texts in one call. */
export const MOST_TEXTS = 96;
/** Models whose vectors have one length. */
const ONE_LENGTH = /embed-(english|multilingual)/;
const TYPES: Readonly<Record<string, string>> = { retrieval_document: 'search_document', retrieval_query: 'search_query', document: 'search_document', passage: 'search_document', query: 'search_query' };

/** What Cohere's embedding models are asked, wherever they run: without a purpose they do not answer, so texts are documents unless told. */
export function embedBody(texts: readonly string[], { inputType, dimensions }: EmbeddingsAsked, truncate: unknown): Json {
  const input_type = inputType === undefined ? 'search_document' : (TYPES[inputType] ?? inputType);
  return compact({ texts, input_type, embedding_types: ['float'], output_dimension: dimensions, truncate });
}

/** Accounts for what these models cannot be told, and gives what is left. */
export function tellable(asked: EmbeddingsAsked, model: string, loss: Loss): { readonly asked: EmbeddingsAsked; readonly truncate: unknown } {
  const { truncate, ...extras } = asked.extras;
  if (asked.user !== undefined) loss.hint('user');
  leaveOut(extras, loss);
  if (asked.dimensions === undefined || !ONE_LENGTH.test(model)) return { asked, truncate };
  loss.param('dimensions');
  return { asked: { ...asked, dimensions: undefined }, truncate };
}
