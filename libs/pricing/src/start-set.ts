import type { ListPrice } from './list-price';
import { scaleDecimal } from './scale-decimal';

/** When these prices were written down. */
export const START_SET_DATE = '2025-11-30';

/**
 * Public list prices of well-known models in USD per million tokens: provider, model, input, output, cached input, cache write.
 * Written down from what the providers publish, and checked by nobody since {@link START_SET_DATE}: whoever bills by them must compare them with the providers' pages first.
 * Standard tier, text, shortest prompt class. Import a newer list over them at any time.
 */
const ROWS: readonly (readonly [provider: string, model: string, input: string, output: string, cachedInput?: string, cacheWrite?: string])[] = [
  ['openai', 'gpt-5', '1.25', '10', '0.125'],
  ['openai', 'gpt-5-mini', '0.25', '2', '0.025'],
  ['openai', 'gpt-5-nano', '0.05', '0.4', '0.005'],
  ['openai', 'gpt-4.1', '2', '8', '0.5'],
  ['openai', 'gpt-4.1-mini', '0.4', '1.6', '0.1'],
  ['openai', 'gpt-4.1-nano', '0.1', '0.4', '0.025'],
  ['openai', 'gpt-4o', '2.5', '10', '1.25'],
  ['openai', 'gpt-4o-mini', '0.15', '0.6', '0.075'],
  ['openai', 'o3', '2', '8', '0.5'],
  ['openai', 'o3-mini', '1.1', '4.4', '0.55'],
  ['openai', 'o4-mini', '1.1', '4.4', '0.275'],
  ['openai', 'o1', '15', '60', '7.5'],
  ['openai', 'text-embedding-3-small', '0.02', '0'],
  ['openai', 'text-embedding-3-large', '0.13', '0'],
  ['anthropic', 'claude-opus-4-5', '5', '25', '0.5', '6.25'],
  ['anthropic', 'claude-opus-4-1', '15', '75', '1.5', '18.75'],
  ['anthropic', 'claude-sonnet-4-5', '3', '15', '0.3', '3.75'],
  ['anthropic', 'claude-sonnet-4-0', '3', '15', '0.3', '3.75'],
  ['anthropic', 'claude-haiku-4-5', '1', '5', '0.1', '1.25'],
  ['anthropic', 'claude-3-5-haiku-latest', '0.8', '4', '0.08', '1'],
  ['gemini', 'gemini-2.5-pro', '1.25', '10', '0.125'],
  ['gemini', 'gemini-2.5-flash', '0.3', '2.5', '0.03'],
  ['gemini', 'gemini-2.5-flash-lite', '0.1', '0.4', '0.01'],
  ['gemini', 'gemini-2.0-flash', '0.1', '0.4', '0.025'],
  ['deepseek', 'deepseek-chat', '0.28', '0.42', '0.028'],
  ['deepseek', 'deepseek-reasoner', '0.28', '0.42', '0.028'],
  ['mistral', 'mistral-medium-latest', '0.4', '2'],
  ['mistral', 'mistral-small-latest', '0.1', '0.3'],
  ['groq', 'llama-3.3-70b-versatile', '0.59', '0.79'],
  ['groq', 'llama-3.1-8b-instant', '0.05', '0.08'],
  ['xai', 'grok-4', '3', '15', '0.75'],
  ['xai', 'grok-3-mini', '0.3', '0.5', '0.075'],
];

const NOTHING_ELSE = { perRequest: null, perImage: null, perSecond: null, perCharacter: null, perSearch: null, longCacheWrite: null, audioInput: null, audioOutput: null, imageInput: null, imageOutput: null };

export const START_SET: readonly ListPrice[] = ROWS.map(([provider, model, input, output, cachedInput, cacheWrite]) => ({
  provider, model, input: nano(input), output: nano(output), cachedInput: nano(cachedInput), cacheWrite: nano(cacheWrite), reasoning: null, ...NOTHING_ELSE,
}));

function nano(usdPerMillion: string | undefined): bigint | null {
  return usdPerMillion === undefined ? null : scaleDecimal(usdPerMillion, 9);
}
