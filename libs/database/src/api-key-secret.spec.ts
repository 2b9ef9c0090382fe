import { apiKeyDigest, apiKeyPrefix, generateApiKey, randomBase62 } from './api-key-secret';

describe('API key secrets', () => {
  it('look like sk- and 43 base62 characters, and never repeat', () => {
    const keys = Array.from({ length: 2000 }, generateApiKey);
    expect(keys.every((key) => /^sk-[0-9A-Za-z]{43}$/.test(key))).toBe(true);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('use every character equally often', () => {
    const counts = new Map<string, number>();
    const draws = 620_000;
    for (const char of randomBase62(draws)) counts.set(char, (counts.get(char) ?? 0) + 1);
    const expected = draws / 62;
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(62);
    // 61 degrees of freedom: above 150 once in 10⁹ runs; the bias of a plain modulo gives thousands.
    expect(chiSquare).toBeLessThan(150);
  });

  it('have a digest that depends on the pepper, and a short shown prefix', () => {
    const key = 'sk-abcdefghijklmnopqrstuvwxyz';
    expect(apiKeyDigest(Buffer.from('a'), key).equals(apiKeyDigest(Buffer.from('b'), key))).toBe(false);
    expect(apiKeyPrefix(key)).toBe('sk-abcde');
  });
});
