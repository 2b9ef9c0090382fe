import type { ListPrice } from './list-price';
import { scaleDecimal } from './scale-decimal';

export interface ReadPrices {
  readonly prices: readonly ListPrice[];
  /** What was left out, and why. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** Their labels of one provider's several interfaces. */
const SAME_PROVIDER: Readonly<Record<string, string>> = {
  'text-completion-openai': 'openai', bedrock_converse: 'bedrock', cohere_chat: 'cohere', 'text-completion-codestral': 'codestral', azure_text: 'azure', 'vertex_ai-language-models': 'vertex_ai',
  'vertex_ai-anthropic_models': 'vertex_ai', 'vertex_ai-embedding-models': 'vertex_ai', 'vertex_ai-llama_models': 'vertex_ai', 'vertex_ai-mistral_models': 'vertex_ai', 'vertex_ai-image-models': 'vertex_ai',
};

/** USD per token to nano-USD per million tokens. */
const PER_TOKEN = 15;
const PER_PIECE = 9;
/** A million USD for a million tokens, or for a piece: what calls cost still fits 64 bits. */
const MOST = 10n ** 15n;
const MOST_SKIPPED = 1_000;

/**
 * Reads LiteLLM's public price file (`model_prices_and_context_window.json`): name of a model → its costs per token in USD. Prices are taken from the file's text, digit
 * by digit. An entry without a price for what it reads and writes, or with nothing but zeros, is left out: an unknown price is never zero. Of prices by the
 * length of the prompt or the time of day the plain one is taken.
 * @throws SyntaxError for a text that is no JSON object
 */
export function readLiteLlmPrices(text: string): ReadPrices {
  const file: unknown = JSON.parse(quoteNumbers(text));
  if (typeof file !== 'object' || file === null || Array.isArray(file)) throw new SyntaxError('the file is not a JSON object of models');
  const prices = new Map<string, ListPrice>();
  const skipped: { name: string; reason: string }[] = [];
  for (const [name, entry] of Object.entries(file)) {
    if (name === 'sample_spec') continue;
    const read = readEntry(name, entry);
    const key = typeof read === 'string' ? '' : JSON.stringify([read.provider, read.model]);
    const reason = typeof read === 'string' ? read : prices.has(key) ? 'another entry is of the same model' : null;
    if (reason === null) prices.set(key, read as ListPrice);
    else if (skipped.length < MOST_SKIPPED) skipped.push({ name: name.slice(0, 200), reason });
  }
  return { prices: [...prices.values()], skipped };
}

/** Numbers become texts, so that none is read as a binary fraction. */
function quoteNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
}

/** The price, or why there is none. */
function readEntry(name: string, entry: unknown): ListPrice | string {
  if (typeof entry !== 'object' || entry === null) return 'it is no object';
  const fields = entry as Record<string, unknown>;
  const label = fields['litellm_provider'];
  if (typeof label !== 'string' || label === '') return 'it names no provider';
  const provider = SAME_PROVIDER[label] ?? label;
  let odd: string | null = null;
  const price = (places: number, ...names: string[]): bigint | null => {
    const field = names.find((candidate) => fields[candidate] !== undefined && fields[candidate] !== null);
    if (field === undefined) return null;
    const value = fields[field];
    const scaled = typeof value === 'string' ? scaleDecimal(value, places) : null;
    if (scaled === null || scaled < 0n || scaled > MOST) odd = `${field} is no price`;
    return scaled;
  };
  const read: ListPrice = {
    provider,
    model: withoutProvider(name, label, provider),
    input: price(PER_TOKEN, 'input_cost_per_token'),
    output: price(PER_TOKEN, 'output_cost_per_token'),
    cachedInput: price(PER_TOKEN, 'cache_read_input_token_cost'),
    cacheWrite: price(PER_TOKEN, 'cache_creation_input_token_cost'),
    reasoning: price(PER_TOKEN, 'output_cost_per_reasoning_token'),
    perRequest: price(PER_PIECE, 'input_cost_per_request'),
    perImage: price(PER_PIECE, 'output_cost_per_image', 'input_cost_per_image'),
    perSecond: price(PER_PIECE, 'input_cost_per_second', 'output_cost_per_second'),
    perCharacter: price(PER_PIECE, 'input_cost_per_character', 'output_cost_per_character'),
    perSearch: price(PER_PIECE, 'input_cost_per_query'),
    longCacheWrite: price(PER_TOKEN, 'cache_creation_input_token_cost_above_1hr'),
    audioInput: price(PER_TOKEN, 'input_cost_per_audio_token'),
    audioOutput: price(PER_TOKEN, 'output_cost_per_audio_token'),
    imageInput: price(PER_TOKEN, 'input_cost_per_image_token'),
    imageOutput: price(PER_TOKEN, 'output_cost_per_image_token'),
  };
  if (odd !== null) return odd;
  if (read.model === '' || read.model.length > 200) return 'its name is empty or too long';
  const known = [read.input, read.output, read.perRequest, read.perImage, read.perSecond, read.perCharacter, read.perSearch, read.audioInput, read.audioOutput, read.imageInput, read.imageOutput].filter((amount) => amount !== null);
  if (known.length === 0) return 'it has no price that is used here';
  return known.some((amount) => amount > 0n) ? read : 'it costs nothing: declare it free where that is meant';
}

function withoutProvider(name: string, ...labels: string[]): string {
  const label = labels.find((candidate) => name.startsWith(`${candidate}/`));
  return label === undefined ? name : name.slice(label.length + 1);
}
