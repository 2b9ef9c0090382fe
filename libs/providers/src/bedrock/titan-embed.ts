import { compact, leaveOut, type ServiceTranslator } from '@higress/wire';
import { inputUsage } from '../embeddings/input-usage';
import { textsInParts } from '../embeddings/texts-in-parts';
import { vectorsOf } from '../embeddings/vector-of';
import { invokePath } from './invoke-path';

/** The first version makes vectors of one length. */
const FIRST_VERSION = /titan-embed-(text-v1|g1)/;

/** Embeddings by Amazon's Titan, which takes one text in a call. */
export const titanEmbed: ServiceTranslator<'embeddings'> = {
  encode(asked, { model, loss }) {
    for (const name of ['user', 'inputType'] as const) if (asked[name] !== undefined) loss.hint(name === 'user' ? 'user' : 'input_type');
    leaveOut(asked.extras, loss);
    const hasOneLength = FIRST_VERSION.test(model);
    if (hasOneLength && asked.dimensions !== undefined) loss.param('dimensions');
    const [[first = ''], ...rest] = textsInParts(asked, 1);
    const call = (inputText: string) => ({ path: invokePath(model), body: Buffer.from(JSON.stringify(compact({ inputText, dimensions: hasOneLength ? undefined : asked.dimensions }))) });
    return [call(first), ...rest.map(([text = '']) => call(text))];
  },
  decode: (answers, asked) => ({ vectors: vectorsOf(answers, asked, ({ embedding }) => [embedding]), usage: inputUsage(answers.map(({ inputTextTokenCount }) => inputTextTokenCount)) }),
};
