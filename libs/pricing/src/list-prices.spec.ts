import { readLiteLlmPrices, scaleDecimal, START_SET } from '../index';

describe('a decimal', () => {
  it.each([
    ['1.5e-07', 15, 150_000_000n],
    ['0.00000015', 15, 150_000_000n],
    ['2.0833333e-07', 15, 208_333_330n],
    ['1E-6', 15, 1_000_000_000n],
    ['4.5000000000000003e-07', 15, 450_000_000n],
    ['0.04', 9, 40_000_000n],
    ['0', 15, 0n],
    ['-3e-6', 15, -3_000_000_000n],
    ['0.1', 0, 0n],
    ['0.5', 0, 1n],
  ])('%s with %d places more is %s', (text, places, scaled) => {
    expect(scaleDecimal(text, places)).toBe(scaled);
  });

  it.each(['', 'NaN', '1.', '.5', '0x1', '1e9999', '1e400', ' 1', '1,5', '9'.repeat(70)])('is not %j', (text) => {
    expect(scaleDecimal(text, 15)).toBeNull();
  });
});

describe("LiteLLM's price file", () => {
  const read = (file: string) => readLiteLlmPrices(file);
  it('is read digit by digit, each price in its place', () => {
    const { prices, skipped } = read(`{
      "sample_spec": { "input_cost_per_token": 0 },
      "gpt-4o-mini": { "litellm_provider": "openai", "mode": "chat", "max_tokens": 16384, "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07, "cache_read_input_token_cost": 7.5e-08, "note": "1.5e-07 \\" 3" },
      "gemini/gemini-2.5-pro": { "litellm_provider": "gemini", "input_cost_per_token": 0.00000125, "output_cost_per_token": 1e-05, "output_cost_per_reasoning_token": 1.1e-05, "cache_creation_input_token_cost": 2e-06, "input_cost_per_token_above_200k_tokens": 2.5e-06 },
      "claude-x": { "litellm_provider": "bedrock_converse", "input_cost_per_token": "3e-06", "output_cost_per_token": 1.5e-05 },
      "dall-e-3": { "litellm_provider": "openai", "mode": "image_generation", "output_cost_per_image": 0.04 },
      "whisper-1": { "litellm_provider": "openai", "input_cost_per_second": 0.0001, "output_cost_per_second": 0.0001 },
      "rerank-v3.5": { "litellm_provider": "cohere", "mode": "rerank", "input_cost_per_query": 0.002, "input_cost_per_token": 0.0, "output_cost_per_token": 0.0 },
      "tts-1": { "litellm_provider": "openai", "input_cost_per_character": 1.5e-05 },
      "gpt-image-1": { "litellm_provider": "openai", "input_cost_per_token": 5e-06, "input_cost_per_image_token": 1e-05, "output_cost_per_image_token": 4e-05 },
      "claude-1h": { "litellm_provider": "anthropic", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05, "cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06 }
    }`);
    const none = { input: null, output: null, cachedInput: null, cacheWrite: null, reasoning: null, perRequest: null, perImage: null, perSecond: null, perCharacter: null, perSearch: null, longCacheWrite: null, audioInput: null, audioOutput: null, imageInput: null, imageOutput: null };
    expect(prices).toEqual([
      { ...none, provider: 'openai', model: 'gpt-4o-mini', input: 150_000_000n, output: 600_000_000n, cachedInput: 75_000_000n },
      { ...none, provider: 'gemini', model: 'gemini-2.5-pro', input: 1_250_000_000n, output: 10_000_000_000n, reasoning: 11_000_000_000n, cacheWrite: 2_000_000_000n },
      { ...none, provider: 'bedrock', model: 'claude-x', input: 3_000_000_000n, output: 15_000_000_000n },
      { ...none, provider: 'openai', model: 'dall-e-3', perImage: 40_000_000n },
      { ...none, provider: 'openai', model: 'whisper-1', perSecond: 100_000n },
      { ...none, provider: 'cohere', model: 'rerank-v3.5', input: 0n, output: 0n, perSearch: 2_000_000n },
      { ...none, provider: 'openai', model: 'tts-1', perCharacter: 15_000n },
      { ...none, provider: 'openai', model: 'gpt-image-1', input: 5_000_000_000n, imageInput: 10_000_000_000n, imageOutput: 40_000_000_000n },
      { ...none, provider: 'anthropic', model: 'claude-1h', input: 3_000_000_000n, output: 15_000_000_000n, cacheWrite: 3_750_000_000n, longCacheWrite: 6_000_000_000n },
    ]);
    expect(skipped).toEqual([]);
  });

  it('says what it leaves out, and takes the rest', () => {
    const { prices, skipped } = read(`{
      "a": { "litellm_provider": "openai", "input_cost_per_token": -1e-06, "output_cost_per_token": 1e-06 },
      "b": { "litellm_provider": "openai", "mode": "chat" },
      "c": { "input_cost_per_token": 1e-06 },
      "d": { "litellm_provider": "ollama", "input_cost_per_token": 0.0, "output_cost_per_token": 0 },
      "e": 5,
      "f": { "litellm_provider": "openai", "input_cost_per_token": true, "output_cost_per_token": 1e-06 },
      "g": { "litellm_provider": "openai", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06 },
      "openai/g": { "litellm_provider": "openai", "input_cost_per_token": 9e-06, "output_cost_per_token": 9e-06 }
    }`);
    expect(prices.map(({ model, input }) => [model, input])).toEqual([['g', 1_000_000_000n]]);
    expect(skipped.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'a: input_cost_per_token is no price', 'b: it has no price that is used here', 'c: it names no provider', 'd: it costs nothing: declare it free where that is meant', 'e: it is no object',
      'f: input_cost_per_token is no price', 'openai/g: another entry is of the same model',
    ]);
  });

  it.each(['', '[]', 'null', '{"a": ', '5'])('is not %j', (text) => {
    expect(() => read(text)).toThrow(SyntaxError);
  });
});

describe('the start set', () => {
  it('has every model once, with a price for what it reads', () => {
    expect(new Set(START_SET.map(({ provider, model }) => `${provider}/${model}`)).size).toBe(START_SET.length);
    for (const { input, output } of START_SET) expect([typeof input, typeof output, (input ?? 0n) > 0n]).toEqual(['bigint', 'bigint', true]);
    expect(START_SET.find(({ model }) => model === 'gpt-4o-mini')).toMatchObject({ input: 150_000_000n, output: 600_000_000n, cachedInput: 75_000_000n });
  });
});
