import { NO_USAGE, type Price, type Usage } from '@higress/kernel';
import { encode } from 'gpt-tokenizer';
import { boundCost, estimatePromptTokens, estimateTokens, priceUsage } from '../index';

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
