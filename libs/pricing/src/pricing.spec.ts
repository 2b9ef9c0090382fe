import { NO_USAGE, type Price, type Usage } from '@higress/kernel';
import { encode } from 'gpt-tokenizer';
import { boundCost, estimatePromptTokens, estimateTokens, isPricedFor, picturesIn, picturesInMessages, priceUsage } from '../index';

const price: Price = { input: 150_000_000n, output: 600_000_000n, cachedInput: 75_000_000n, cacheWrite: 187_500_000n, reasoning: 600_000_000n, perRequest: 0n };
const usage = (part: Partial<Usage>): Usage => ({ ...NO_USAGE, ...part });

describe('priceUsage', () => {
  it('prices each token once: cached ones are part of the input, reasoning ones part of the output', () => {
    expect(priceUsage(price, usage({ inputTokens: 1000, cachedInputTokens: 400, outputTokens: 100, reasoningTokens: 60 }))).toBe(90_000n + 30_000n + 60_000n);
  });

  it('rounds once, up', () => {
    expect(priceUsage({ ...price, input: 1n, output: 1n, reasoning: 1n }, usage({ inputTokens: 1, outputTokens: 1 }))).toBe(1n);
    expect(priceUsage(price, NO_USAGE)).toBe(0n);
  });

  it('never exceeds the bound, whatever the parts', () => {
    for (let i = 0; i < 500; i++) {
      const inputTokens = (i * 7919) % 5000;
      const outputTokens = (i * 104_729) % 3000;
      const parts = usage({ inputTokens, outputTokens, cachedInputTokens: Math.floor(inputTokens / 3), cacheWriteTokens: Math.floor(inputTokens / 2), reasoningTokens: Math.floor(outputTokens / 2) });
      expect(priceUsage(price, parts)).toBeLessThanOrEqual(boundCost(price, inputTokens, outputTokens));
    }
  });
});

describe('the pictures of a prompt', () => {
  it('are found wherever they are, those to be seen roughly apart', () => {
    const image = (detail?: string) => ({ type: 'image_url', image_url: { url: 'https://example.com/a.png', ...(detail && { detail }) } });
    expect(picturesInMessages([{ role: 'user', content: [image(), image('low'), { type: 'text', text: 'image_url' }] }, { role: 'tool', content: [{ nested: [image('high')] }] }])).toEqual({ low: 1, other: 2 });
    expect(picturesInMessages([{ role: 'user', content: 'no image_url here' }])).toBeUndefined();
    expect(picturesIn({ messages: [{ role: 'user', parts: [{ type: 'tool_result', id: '1', content: [{ type: 'image', source: { kind: 'id', id: 'x' }, detail: 'low' }] }] }] } as unknown as Parameters<typeof picturesIn>[0])).toEqual({ low: 1, other: 0 });
  });
});

describe('the price of pictures and sound', () => {
  const media = { perImage: 40_000_000n, perSecond: 100_000n, perCharacter: 15_000n, perSearch: 2_000_000n };

  it.each([
    ['pictures', { images: 2 }, 80_000_000n],
    ['seconds, to the millisecond and rounded up', { audioMs: 1_501 }, 150_100n],
    ['characters', { characters: 3 }, 45_000n],
    ['searches', { searches: 2 }, 4_000_000n],
  ])('counts %s where it names them, and then no tokens', (_, units, cost) => {
    expect(priceUsage({ ...price, media, perRequest: 1n }, usage({ inputTokens: 5_000, outputTokens: 5_000, units }))).toBe(cost + 1n);
    expect(boundCost({ ...price, media, perRequest: 1n }, 5_000, 5_000, units)).toBe(cost + 1n);
  });

  it('counts tokens where it names no unit of the call', () => {
    expect(priceUsage({ ...price, media: { perSecond: 1n } }, usage({ outputTokens: 1000, units: { images: 1 } }))).toBe(600_000n);
    expect(priceUsage({ ...price, media }, usage({ outputTokens: 1000 }))).toBe(600_000n);
  });

  it('knows tokens that are no text, each priced once', () => {
    const dear = { ...price, media: { imageInput: 300_000_000n, imageOutput: 1_200_000_000n, audioInput: 1_500_000_000n, audioOutput: 0n } };
    expect(priceUsage(dear, usage({ inputTokens: 1000, imageInputTokens: 400, outputTokens: 1000, imageOutputTokens: 1000 }))).toBe(90_000n + 120_000n + 1_200_000n);
    expect(priceUsage(dear, usage({ inputTokens: 1000, audioInputTokens: 1000, outputTokens: 1000, audioOutputTokens: 500 }))).toBe(1_500_000n + 300_000n);
    expect(priceUsage({ ...dear, input: 0n, cachedInput: 0n }, usage({ inputTokens: 10, cachedInputTokens: 10, audioInputTokens: 10, outputTokens: 0 }))).toBe(15_000n);
  });

  it('charges what is kept in a cache for an hour apart, where it has a price', () => {
    const written = usage({ inputTokens: 1000, cacheWriteTokens: 1000, longCacheWriteTokens: 400 });
    expect(priceUsage({ ...price, longCacheWrite: 300_000_000n }, written)).toBe(112_500n + 120_000n);
    expect(priceUsage(price, written)).toBe(187_500n);
    expect(boundCost({ ...price, longCacheWrite: 300_000_000n }, 1000, 0)).toBe(300_000n);
  });

  it('is a price for the calls that it is about, and for no others', () => {
    const pictures = { input: 0n, output: 0n, cachedInput: 0n, cacheWrite: 0n, reasoning: 0n, perRequest: 0n, media: { perImage: 1n } };
    const covers = (...of: Parameters<typeof isPricedFor>) => isPricedFor(...of);
    expect(covers(pictures, 'images/generations')).toBe(true);
    expect(covers(pictures, 'images/edits')).toBe(true);
    expect(covers(pictures, 'chat/completions')).toBe(false);
    expect(covers(pictures, 'audio/speech')).toBe(false);
    expect(covers({ ...pictures, perRequest: 1n }, 'chat/completions')).toBe(true);
    expect(covers({ ...pictures, media: undefined }, 'audio/speech')).toBe(true);
    expect(covers({ ...pictures, media: { perCharacter: 0n } }, 'audio/speech')).toBe(true);
    expect(covers({ ...pictures, media: { perSearch: 0n } }, 'rerank')).toBe(true);
    expect(covers({ ...pictures, media: { perSearch: 1n } }, 'embeddings')).toBe(false);
  });
});

describe('estimateTokens', () => {
  it.each([
    ['prose', 'The gateway keeps the official SDK and changes only the base URL. Operators get keys, limits, budgets and an exact bill. '.repeat(8)],
    ['code', 'export async function settle(record: SettleRecord): Promise<void> {\n  await this.spool.append(JSON.stringify(record));\n}\n'.repeat(8)],
    ['Chinese', '网关把公司的每一次大模型调用集中到一个地方，并给出准确的账单。'.repeat(8)],
    ['numbers', '2026-11-22T23:30:26Z 0.15 600000000 42, 1764000000123 '.repeat(8)],
  ])('is at or above a real vocabulary for %s, and below twice of it', (_, text) => {
    const real = encode(text).length;
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(real);
    expect(estimateTokens(text)).toBeLessThan(real * 2.2);
  });

  it('counts a data URL as an image, not as text', () => {
    expect(estimatePromptTokens([{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(400_000)}` } }] }])).toBeLessThan(1_200);
  });
});
