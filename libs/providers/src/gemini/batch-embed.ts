import { compact, leaveOut, objectIn, type ServiceTranslator } from '@higress/wire';
import { googleTask } from '../embeddings/google-task';
import { inputUsage } from '../embeddings/input-usage';
import { textsInParts } from '../embeddings/texts-in-parts';
import { vectorsOf } from '../embeddings/vector-of';
import { modelSegment } from './model-segment';

const MOST_TEXTS = 100;

/** Embeddings by Gemini's `batchEmbedContents`. */
export const batchEmbed: ServiceTranslator<'embeddings'> = {
  encode(asked, { model, loss }) {
    if (asked.user !== undefined) loss.hint('user');
    leaveOut(asked.extras, loss);
    const segment = modelSegment(model);
    const name = decodeURIComponent(segment);
    const [first, ...rest] = textsInParts(asked, MOST_TEXTS);
    const call = (texts: readonly string[]) => {
      const requests = texts.map((text) => compact({ model: name, content: { parts: [{ text }] }, taskType: googleTask(asked.inputType), outputDimensionality: asked.dimensions }));
      return { path: `/${segment}:batchEmbedContents`, body: Buffer.from(JSON.stringify({ requests })) };
    };
    return [call(first), ...rest.map(call)];
  },
  decode: (answers, asked) => ({
    vectors: vectorsOf(answers, asked, ({ embeddings }) => embeddings, (one) => objectIn(one).values),
    usage: inputUsage(answers.map(({ usageMetadata }) => objectIn(usageMetadata).promptTokenCount)),
  }),
};
