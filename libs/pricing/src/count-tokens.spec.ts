import type { CanonicalRequest, Part } from '@higress/kernel';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens, estimateRequestTokens } from '../index';

const TEXTS = {
  prose: 'The gateway keeps every promise that it makes: a request is charged once, an answer is passed on as it came, and a stream that breaks off says so. Nobody waits for longer than the time that was agreed. '.repeat(5),
  code: 'export function priceUsage(price: Price, usage: Usage): NanoUsd {\n  const plainInput = usage.inputTokens - usage.cachedInputTokens;\n  return (plainInput * price.input + MILLION - 1n) / MILLION;\n}\n'.repeat(5),
  german: 'Die Grüße kommen aus München und werden über das Wochenende größer, weil niemand sie rechtzeitig zählt. '.repeat(5),
  chinese: '网关在客户端和模型提供商之间转换请求，并且精确地记录每一次调用的费用。'.repeat(8),
  json: JSON.stringify(Array.from({ length: 20 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.5, tags: ['a', 'b'] }))),
};

const asking = (...parts: Part[]): CanonicalRequest => ({ dialect: 'anthropic', model: 'm', stream: false, includeUsage: true, messages: [{ role: 'user', parts }], tools: [], extras: {} });

describe('countTokens', () => {
  it.each(Object.entries(TEXTS))('is rather above than below what GPT’s vocabulary gives for %s, and less than twice it', (_, text) => {
    const ratio = countTokens(asking({ type: 'text', text }), 'gpt-4o') / encode(text).length;
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.9);
  });

  it('counts an image, a sound and a document for what they may be, never for their letters', () => {
    const data = 'A'.repeat(400_000);
    const of = (part: Part) => estimateRequestTokens(asking(part));
    expect(of({ type: 'image', source: { kind: 'data', mediaType: 'image/png', data } })).toBeLessThan(1_200);
    expect(of({ type: 'file', source: { kind: 'data', mediaType: 'application/pdf', data } })).toBeGreaterThan(10_000);
    expect(of({ type: 'file', source: { kind: 'data', mediaType: 'application/pdf', data } })).toBeLessThan(20_000);
    expect(of({ type: 'file', source: { kind: 'text', text: 'one two three' } })).toBeLessThan(20);
  });

  it('counts what tools are told, were asked and said', () => {
    const plain = asking({ type: 'text', text: 'Hi' });
    const called = asking({ type: 'text', text: 'Hi' }, { type: 'tool_call', id: 'c', name: 'get_weather', arguments: '{"city":"Tokyo"}' }, { type: 'tool_result', callId: 'c', content: [{ type: 'text', text: 'It rains.' }] });
    const told = { ...called, tools: [{ type: 'function' as const, name: 'get_weather', description: 'Tells the weather of a city', parameters: { type: 'object' } }] };
    expect(estimateRequestTokens(called)).toBeGreaterThan(estimateRequestTokens(plain) + 8);
    expect(estimateRequestTokens(told)).toBeGreaterThan(estimateRequestTokens(called) + 8);
  });

  it('goes by the family of the model', () => {
    const asked = asking({ type: 'text', text: TEXTS.prose });
    expect(countTokens(asked, 'claude-sonnet-4-5')).toBeGreaterThan(countTokens(asked, 'gemini-2.5-pro'));
    expect(countTokens(asked, 'something')).toBe(estimateRequestTokens(asked));
  });
});
