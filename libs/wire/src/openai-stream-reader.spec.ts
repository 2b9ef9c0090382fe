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

  it('finds an error that begins as every other event does', () => {
    const reader = new OpenAiStreamReader(true);
    reader.push(Buffer.from(`data: ${events[1]}\n\n`));
    const told = JSON.stringify({ id: 'c', object: 'chat.completion.chunk', error: { code: 502, message: 'our account there' }, choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }] });
    const { forward, fault } = reader.push(Buffer.from(`data: ${events[2]}\n\ndata: ${told}\n\n`));
    expect(forward.toString()).toBe(`data: ${events[2]}\n\n`);
    expect(fault).toMatchObject({ code: 'UPSTREAM_ERROR', upstreamStatus: 502 });
  });

  it('estimates what passed when no usage came', () => {
    const reader = new OpenAiStreamReader(true);
    for (let i = 0; i < 400; i++) reader.push(Buffer.from(`data: ${chunk({ content: 'word ' })}\n\n`));
    expect(reader.estimateOutputTokens()).toBeGreaterThanOrEqual(400);
    expect(reader.estimateOutputTokens()).toBeLessThanOrEqual(1000);
  });

  const said = (content: string) => `data: ${chunk({ content })}\n\n`;

  it.each([
    ['an error event', 'data: {"error":{"message":"sk-of-ours is over its quota"}}\n\n', 'UPSTREAM_ERROR'],
    ['an error event in other words', 'event: error\ndata: {"object":"error","message":"boom","code":500}\n\n', 'UPSTREAM_ERROR'],
    ['an error that is a rate limit', 'data: {"error":{"message":"slow down","code":429}}\n\n', 'UPSTREAM_RATE_LIMITED'],
    ['an error that is a rate limit by its name', 'data: {"error":{"message":"slow down","code":"rate_limit_exceeded"}}\n\n', 'UPSTREAM_RATE_LIMITED'],
    ['JSON cut short', 'data: {"choices":[\n\n', 'UPSTREAM_INVALID_RESPONSE'],
    ['broken JSON that ends well', 'data: {"choices":}\n\n', 'UPSTREAM_INVALID_RESPONSE'],
    ['no JSON', 'data: hello\n\n', 'UPSTREAM_INVALID_RESPONSE'],
    ['a list', 'data: []\n\n', 'UPSTREAM_INVALID_RESPONSE'],
    ['a line over 1 MiB that has not ended', `data: {"a":"${'x'.repeat(1_100_000)}`, 'UPSTREAM_INVALID_RESPONSE'],
    ['a whole event over 1 MiB', `data: {"a":"${'x'.repeat(1_100_000)}"}\n\n`, 'UPSTREAM_INVALID_RESPONSE'],
  ])('refuses %s, at the start and in the middle, and keeps what came before it in the same piece', (_, text, code) => {
    expect(new OpenAiStreamReader(true).push(Buffer.from(text)).fault).toMatchObject({ code });
    const reader = new OpenAiStreamReader(true);
    const step = reader.push(Buffer.from(said('one') + said('two') + text + said('three')));
    expect(step.forward.toString()).toBe(said('one') + said('two'));
    expect(step.fault).toMatchObject({ code });
    expect(step.fault?.message).not.toContain('sk-of-ours');
    expect(reader.estimateOutputTokens()).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['other fields around the data', `id: 1\nevent: message\ndata: ${events[1]}\nid: 2\nretry: 5\n\n`],
    ['data in two lines', `data: {"object":"x",\ndata: ${(events[1] as string).slice(1)}\n\n`],
    ['spaces around the data', `data:  ${events[1]} \n\n`],
    ['an error that is null', `data: {"error":null,${(events[1] as string).slice(1)}\n\n`],
    ['an empty line too many', `\n\ndata: ${events[1]}\n\n`],
  ])('takes %s, whole and byte by byte', (_, text) => {
    for (const pieces of [[Buffer.from(text)], Array.from(Buffer.from(text), (byte) => Buffer.of(byte))]) {
      const reader = new OpenAiStreamReader(true);
      expect(readAll(reader, pieces)).toContain(text.trim());
      expect(reader.committed).toBe(true);
    }
  });

  it('takes data without anything in it for a sign of life that is no use', () => {
    expect(new OpenAiStreamReader(true).push(Buffer.from('data:\n\ndata: \n\n'))).toEqual({ forward: Buffer.alloc(0), useful: false, fault: null });
  });

  it('reads nothing behind [DONE]', () => {
    const reader = new OpenAiStreamReader(true);
    expect(reader.push(Buffer.from(`${said('one')}data: [DONE]\n\n${said('two')}rubbish`))).toMatchObject({ forward: Buffer.from(said('one')), fault: null });
    expect(reader.finished).toBe(true);
  });

  it('tells no content from its name: a quoted "usage" in the text is text', () => {
    const reader = new OpenAiStreamReader(true);
    expect(reader.push(Buffer.from(said('one') + said('the "usage" of {"error":1}'))).forward.toString()).toBe(said('one') + said('the "usage" of {"error":1}'));
    expect(reader.usage).toBeNull();
  });

  it('takes an event that comes in single bytes in no more than linear time', () => {
    const reader = new OpenAiStreamReader(true);
    const bytes = Buffer.from(said('x'.repeat(900_000)));
    for (let at = 0; at < bytes.length; at += 3) reader.push(bytes.subarray(at, at + 3));
    expect(reader.committed).toBe(true);
  }, 5_000);
});
