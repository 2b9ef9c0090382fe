import { compact, leaveOut, listIn, objectIn, type ServiceTranslator } from '@higress/wire';
import { googleTask } from '../embeddings/google-task';
import { inputUsage } from '../embeddings/input-usage';
import { textsInParts } from '../embeddings/texts-in-parts';
import { vectorsOf } from '../embeddings/vector-of';

const MOST_TEXTS = 250;
/** Gemini's own embedding models take one text in a call. */
const ONE_AT_A_TIME = /^gemini-embedding/;

/** Embeddings by Vertex AI's `:predict`. */
export const predictEmbeddings: ServiceTranslator<'embeddings'> = {
  encode(asked, { model, loss }) {
    if (asked.user !== undefined) loss.hint('user');
    leaveOut(asked.extras, loss);
    const [first, ...rest] = textsInParts(asked, ONE_AT_A_TIME.test(model) ? 1 : MOST_TEXTS);
    const parameters = asked.dimensions === undefined ? undefined : { outputDimensionality: asked.dimensions };
    const call = (texts: readonly string[]) => {
      const instances = texts.map((content) => compact({ content, task_type: googleTask(asked.inputType) }));
      return { path: `/publishers/google/models/${encodeURIComponent(model)}:predict`, body: Buffer.from(JSON.stringify(compact({ instances, parameters }))) };
    };
    return [call(first), ...rest.map(call)];
  },
  decode(answers, asked) {
    const embeddings = (one: unknown) => objectIn(objectIn(one).embeddings);
    return {
      vectors: vectorsOf(answers, asked, ({ predictions }) => predictions, (one) => embeddings(one).values),
      usage: inputUsage(answers.flatMap(({ predictions }) => listIn(predictions).map((one) => objectIn(embeddings(one).statistics).token_count))),
    };
  },
};
