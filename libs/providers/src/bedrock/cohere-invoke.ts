import { objectIn, type ServiceFields, type ServiceTranslator } from '@higress/wire';
import { embedBody, MOST_TEXTS, tellable } from '../cohere/embed-body';
import { inputUsage } from '../embeddings/input-usage';
import { textsInParts } from '../embeddings/texts-in-parts';
import { vectorsOf } from '../embeddings/vector-of';
import { invokePath } from './invoke-path';

/** Embeddings by Cohere's models at Bedrock. */
export const cohereInvoke: ServiceTranslator<'embeddings'> = {
  encode(given, { model, loss }) {
    const { asked, truncate } = tellable(given, model, loss);
    const [first, ...rest] = textsInParts(asked, MOST_TEXTS);
    const call = (texts: readonly string[]) => ({ path: invokePath(model), body: Buffer.from(JSON.stringify(embedBody(texts, asked, truncate))) });
    return [call(first), ...rest.map(call)];
  },
  decode: (answers, asked, fields) => ({
    // A list, where it was not asked for by types; else a list for each type.
    vectors: vectorsOf(answers, asked, ({ embeddings }) => (Array.isArray(embeddings) ? embeddings : objectIn(embeddings).float)),
    usage: answers.length === 1 ? inputUsage([tokensTold(fields)]) : null,
  }),
};

/** Bedrock counts in a header what the model's own answer does not tell. */
export function tokensTold(fields: ServiceFields): number | undefined {
  const told = fields['x-amzn-bedrock-input-token-count'];
  return typeof told === 'string' && /^\d+$/.test(told) ? Number(told) : undefined;
}
