import { DomainError } from '@higress/kernel';
import { readOpenAiUsage } from '../answer-usage';
import { Fields } from '../canonical/fields';
import { compact } from '../canonical/loose';
import { invalid } from '../chat-request';
import { readEmbeddingsRequest } from '../embeddings-request';
import type { ClientService } from './service';

const KNOWN = new Set(['model', 'input', 'dimensions', 'encoding_format', 'input_type', 'task_type', 'user']);
const MAX_DIMENSIONS = 65_536;

/** OpenAI's embeddings, with the `input_type` that other models' clients name. */
export const embeddingsService: ClientService<'embeddings'> = {
  read: readEmbeddingsRequest,
  formOf: () => 'openai',
  decode(body) {
    const fields = new Fields(body);
    const { input } = body;
    const dimensions = fields.count(1, 'dimensions');
    if (dimensions !== undefined && dimensions > MAX_DIMENSIONS) throw invalid('dimensions', `must be at most ${MAX_DIMENSIONS}`);
    const encoding = fields.text('encoding_format') ?? 'float';
    if (encoding !== 'float' && encoding !== 'base64') fields.unknown('encoding_format');
    const inputs = typeof input === 'string' || isTokens(input) ? [input] : (input as (string | number[])[]);
    if (inputs.some((one) => one.length === 0)) throw invalid('input', 'must not hold an empty text');
    return compact({ inputs, dimensions, encoding: encoding as 'float' | 'base64', inputType: fields.text('input_type', 'task_type')?.toLowerCase(), user: fields.text('user'), extras: fields.rest(KNOWN) });
  },
  usageOf({ data, usage }) {
    if (!Array.isArray(data)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    return readOpenAiUsage(usage);
  },
  // Servers that know no base64 answer numbers whatever they are asked, and clients who asked for it cannot read those.
  mend(answer, asked) {
    if (asked.encoding_format !== 'base64' || !isNumbered(answer.data)) return undefined;
    return { ...answer, data: answer.data.map((one) => ({ ...one, embedding: toBase64(one.embedding) })) };
  },
  encode({ vectors }, { encoding }, { model, usage: { inputTokens } }) {
    const encodeOne = encoding === 'base64' ? toBase64 : asIs;
    return { object: 'list', data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encodeOne(vector) })), model, usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } };
  },
};

function isTokens(input: unknown): input is number[] {
  return Array.isArray(input) && typeof input[0] === 'number';
}

function isNumbered(data: unknown): data is { readonly embedding: number[] }[] {
  return Array.isArray(data) && data.every((one) => Array.isArray((one as { embedding?: unknown } | null)?.embedding));
}

function asIs(vector: readonly number[]): readonly number[] {
  return vector;
}

/** Little-endian float32, as OpenAI packs it. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  vector.forEach((value, i) => bytes.writeFloatLE(value, i * 4));
  return bytes.toString('base64');
}
