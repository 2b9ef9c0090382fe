import type { CompletionRequest, Deployment, Model, Price, Principal } from '@higress/kernel';
import { amountToHold, budgetToHold, maxOutputTokens, mustBound, tokensToReserve } from './output-bound';

const request = (maxOutputTokens: number | null, choices = 1) => ({ maxOutputTokens, choices, estimatedInputTokens: 10 }) as CompletionRequest;
const price = (output: bigint): Price => ({ input: 0n, output, cachedInput: 0n, cacheWrite: 0n, reasoning: 0n, perRequest: 0n });
const deployment = (maxOutputTokens: number | null, output = 1_000_000n) => ({ maxOutputTokens, price: price(output) }) as Deployment;
const principal = (billing: string, channel = 'external') => ({ billing, channel, budgeted: false }) as Principal;

describe('the bound of an answer', () => {
  it.each([
    [5, null, 5],
    [5, 100, 5],
    [2 ** 31 - 1, 100, 100],
    [null, 100, 100],
    [null, null, 4096],
  ])('of a caller who allows %s from a deployment that is able to give %s is %s', (allowed, able, bound) => {
    expect(maxOutputTokens(request(allowed), deployment(able))).toBe(bound);
  });

  it('covers every choice, at the dearest deployment', () => {
    const model = { deployments: [deployment(null), deployment(null, 3_000_000n), { price: null } as Deployment] } as unknown as Model;
    expect(amountToHold(principal('prepaid'), request(5, 2), model)).toBe(30n);
    expect(amountToHold(principal('internal'), request(5, 2), model)).toBe(0n);
    expect(amountToHold(principal('prepaid', 'internal'), request(5, 2), model)).toBe(0n);
  });

  it('reserves of token limits what is usual, where that is told', () => {
    expect(tokensToReserve({ ...request(6_240, 2), usualOutputTokens: 1_056 })).toBe(10 + 2 * 1_056);
  });

  it('covers each picture of the prompt, as large as the model of a deployment counts one', () => {
    const at = (upstreamModel: string) => ({ maxOutputTokens: 1, upstreamModel, price: { ...price(0n), input: 1_000_000n } }) as Deployment;
    const asked = { ...request(1), estimatedInputTokens: 10 + 2 * 1_105, pictures: { low: 1, other: 1 } };
    const held = (...models: string[]) => amountToHold(principal('prepaid'), asked, { deployments: models.map(at) } as unknown as Model);
    expect(held('gpt-4o')).toBe(BigInt(10 + 1_105 + 1_445));
    expect(held('gpt-4o-mini')).toBe(BigInt(10 + 2_833 + 48_169));
    expect(held('claude-sonnet-4-5', 'somebody-s')).toBe(BigInt(10 + 2 * 4_128));
    expect(budgetToHold(asked, { deployments: [at('claude-sonnet-4-5')] } as unknown as Model).tokens).toBe(10 + 2 * 1_640 + 1);
  });

  it('holds of budgets what the call may cost and have at most, charged or not', () => {
    const model = { deployments: [deployment(7), deployment(null, 3_000_000n)] } as unknown as Model;
    expect(budgetToHold(request(5, 2), model)).toEqual({ amountNanoUsd: 30n, tokens: 20 });
    expect(budgetToHold(request(null), model)).toEqual({ amountNanoUsd: 12_288n, tokens: 4_106 });
  });

  it('is ours to set where a prepaid caller gave none', () => {
    expect([principal('prepaid'), principal('postpaid'), principal('prepaid', 'internal')].map((caller) => mustBound(caller, request(null)))).toEqual([true, false, false]);
    expect(mustBound(principal('prepaid'), request(5))).toBe(false);
    expect(mustBound({ ...principal('postpaid'), budgeted: true }, request(null))).toBe(true);
  });

  it('is reserved against the limits, or a usual answer where there is none', () => {
    expect(tokensToReserve(request(5, 2))).toBe(20);
    expect(tokensToReserve(request(null))).toBe(522);
  });
});
