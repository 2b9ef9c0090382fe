import { objectIn, type ServiceTranslator } from '@higress/wire';
import { inputUsage } from '../embeddings/input-usage';
import { textsInParts } from '../embeddings/texts-in-parts';
import { vectorsOf } from '../embeddings/vector-of';
import { embedBody, MOST_TEXTS, tellable } from './embed-body';

/** Embeddings by Cohere's `POST v2/embed`. */
export const cohereEmbed: ServiceTranslator<'embeddings'> = {
  encode(given, { model, loss }) {
    const { asked, truncate } = tellable(given, model, loss);
    const [first, ...rest] = textsInParts(asked, MOST_TEXTS);
    const call = (texts: readonly string[]) => ({ path: '/v2/embed', body: Buffer.from(JSON.stringify({ model, ...embedBody(texts, asked, truncate) })) });
    return [call(first), ...rest.map(call)];
  },
  decode: (answers, asked) => ({
    vectors: vectorsOf(answers, asked, ({ embeddings }) => objectIn(embeddings).float),
    usage: inputUsage(answers.map(({ meta }) => objectIn(objectIn(meta).billed_units).input_tokens)),
  }),
};
