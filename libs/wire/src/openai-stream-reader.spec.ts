import { DomainError } from '@higress/kernel';
import { OpenAiStreamReader } from '../index';

const chunk = (delta: object, finish: string | null = null, extra: object = {}) => JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }], ...extra });
const usage = { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 4 }, completion_tokens_details: { reasoning_tokens: 1 } };
const usageChunk = JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [], usage });
const events = [chunk({ role: 'assistant', content: '' }, null, { usage: null }), chunk({ content: 'Grüße, 世界 🌍' }, null, { usage: null }), chunk({ content: '!' }), chunk({}, 'stop'), usageChunk];
const stream = (lineEnd: string, prefix = 'data: ') => [...events.map((event) => `${prefix}${event}${lineEnd}${lineEnd}`), `: comment${lineEnd}${lineEnd}`, `${prefix}[DONE]${lineEnd}${lineEnd}`].join('');

function readAll(reader: OpenAiStreamReader, pieces: Buffer[]): string {
  return Buffer.concat([...pieces.map((piece) => reader.push(piece).forward), reader.end().forward]).toString();
}

describe('OpenAiStreamReader', () => {
  const shown = events.slice(0, 4).map((event) => `data: ${event}\n\n`).join('');

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('gives the same events with %s line ends, cut at every byte', (_, lineEnd) => {
    const bytes = Buffer.from(stream(lineEnd));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new OpenAiStreamReader(true);
      expect(readAll(reader, [bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(shown);
      expect(reader).toMatchObject({ committed: true, finished: true, usage: { inputTokens: 12, cachedInputTokens: 4, outputTokens: 3, reasoningTokens: 1, estimated: false } });
    }
  });

  it('gives the same events byte by byte, without a space after data:, and without a final newline', () => {
    const bytes = Buffer.from(stream('\n', 'data:').trimEnd());
    const reader = new OpenAiStreamReader(true);
    expect(readAll(reader, Array.from(bytes, (byte) => Buffer.from([byte])))).toBe(shown.replaceAll('data: ', 'data:'));
    expect(reader.finished).toBe(true);
  });

  it('shows the usage chunk to a client that asked', () => {
    expect(readAll(new OpenAiStreamReader(false), [Buffer.from(stream('\n'))])).toBe(`${shown}data: ${usageChunk}\n\n`);
  });

  it('commits at the first content, not at the role', () => {
    const reader = new OpenAiStreamReader(true);
    reader.push(Buffer.from(`data: ${events[0]}\n\n`));
    expect(reader.committed).toBe(false);
    reader.push(Buffer.from(`data: ${chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] })}\n\n`));
    expect(reader.committed).toBe(true);
  });

  it('does not take a comment for something useful', () => {
    expect(new OpenAiStreamReader(true).push(Buffer.from(': PROCESSING\n\n')).useful).toBe(false);
  });

  it('estimates what passed when no usage came', () => {
    const reader = new OpenAiStreamReader(true);
    for (let i = 0; i < 400; i++) reader.push(Buffer.from(`data: ${chunk({ content: 'word ' })}\n\n`));
    expect(reader.estimateOutputTokens()).toBeGreaterThanOrEqual(400);
    expect(reader.estimateOutputTokens()).toBeLessThanOrEqual(1000);
  });

  it.each([
    ['an error event', `data: {"error":{"message":"boom"}}\n\n`, 'UPSTREAM_ERROR'],
    ['broken JSON', `data: {"choices":[\n\n`, 'UPSTREAM_INVALID_RESPONSE'],
    ['broken JSON that ends well', `data: {"choices":}\n\n`, 'UPSTREAM_INVALID_RESPONSE'],
    ['a line over 1 MiB', `data: {"a":"${'x'.repeat(1_100_000)}`, 'UPSTREAM_INVALID_RESPONSE'],
  ])('refuses %s', (_, text, code) => {
    expect(() => new OpenAiStreamReader(true).push(Buffer.from(text))).toThrow(expect.objectContaining({ code }) as DomainError);
  });
});
