import type { Deployment, Model, Price, Provider } from '@higress/kernel';
import { PriceList } from './list-prices/price-list';
import { WildcardModels } from './wildcard-models';

const provider = (name: string, baseUrl = '') => ({ name, baseUrl }) as Provider;
const own: Price = { input: 1n, output: 2n, cachedInput: 1n, cacheWrite: 1n, reasoning: 2n, perRequest: 0n };
const model = (name: string, upstreamModel: string, of = provider('openai'), price: Price | null = null) => ({ id: name, name, deployments: [{ provider: of, upstreamModel, price } as Deployment] }) as unknown as Model;
const row = { provider: 'openai', model: 'gpt-4o', input: '2500', output: '10000', cachedInput: null, cacheWrite: null, reasoning: null, perRequest: null };
const prices = new PriceList([row, { ...row, provider: 'azure', model: 'gpt-4o', input: '7' }, { ...row, model: 'dall-e-3', input: null }]);
const wildcards = new WildcardModels([model('openai/*', '*'), model('openai/gpt-*', 'gpt-*', provider('second'), own), model('plain', 'plain'), model('any-*-thing', 'fixed')], prices);
const seen = (name: string) => {
  const found = wildcards.find(name);
  return found && [found.name, found.pattern, found.deployments[0]?.upstreamModel, found.deployments[0]?.price?.input ?? null];
};

describe('a model with a star', () => {
  it('stands for every name that fits, at its providers too, and the longest pattern wins', () => {
    expect(seen('openai/o3')).toEqual(['openai/o3', 'openai/*', 'o3', null]);
    expect(seen('openai/gpt-4o')).toEqual(['openai/gpt-4o', 'openai/gpt-*', 'gpt-4o', 1n]);
    expect(seen('openai/@cf/meta/llama-3.1-8b')).toEqual(['openai/@cf/meta/llama-3.1-8b', 'openai/*', '@cf/meta/llama-3.1-8b', null]);
    expect(seen('openai/ft:gpt/x@1')).toEqual(['openai/ft:gpt/x@1', 'openai/*', 'ft:gpt/x@1', null]);
    expect(seen('any-old-thing')).toEqual(['any-old-thing', 'any-*-thing', 'fixed', null]);
  });

  it.each(['plain', 'openai/', 'openai/*', 'openai/../admin', 'openai//x', 'openai/a b', 'openai/é', `openai/${'x'.repeat(201)}`, 'any-thing', 'other/gpt'])('does not stand for %j', (name) => {
    expect(wildcards.find(name)).toBeUndefined();
  });

  it('remembers what it made, and never more than so many', () => {
    expect(wildcards.find('openai/o3')).toBe(wildcards.find('openai/o3'));
    for (let i = 0; i < 3_000; i++) wildcards.find(`openai/x${i}`);
    expect(seen('openai/o3')?.[2]).toBe('o3');
  });
});

describe('a list of prices', () => {
  it('is asked by the provider’s name, by what lists call it, or by its host', () => {
    expect(prices.find(provider('OpenAI'), 'gpt-4o')?.input).toBe(2500n);
    expect(prices.find(provider('azure-openai'), 'gpt-4o')?.input).toBe(7n);
    expect(prices.find(provider('main', 'https://api.openai.com/v1'), 'gpt-4o')).toEqual({ input: 2500n, output: 10_000n, cachedInput: 2500n, cacheWrite: 2500n, reasoning: 10_000n, perRequest: 0n });
    expect(prices.find(provider('main', 'http://10.0.0.1/v1'), 'gpt-4o')).toBeNull();
  });

  it('has no price for what has none for its tokens', () => {
    expect(prices.find(provider('openai'), 'dall-e-3')).toBeNull();
    expect(prices.find(provider('openai'), 'gpt-99')).toBeNull();
  });
});
