import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectAnswer, isContent, Secret, type Credential, type Provider } from '@higress/kernel';
import { OpenAiStreamReader, parseAnswer } from '@higress/wire';
import { registry, simulate } from '../index';

interface Refusal {
  readonly about: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly means: Readonly<Record<string, unknown>>;
}

const KEY = 'sk-proj-canary0123456789';
const credential: Credential = { id: 'c', weight: 1, value: new Secret(KEY) };
const aProvider = (headers: Record<string, string> = {}): Provider => ({ id: 'p', name: 'p', dialect: 'openai', baseUrl: 'https://example.com/v1', headers, timeouts: { connectMs: 1, firstTokenMs: 1, wholeAnswerMs: 1, idleMs: 1, totalMs: 1 }, credentials: [credential] });

/** Where each shows its credential. */
const bearer = { authorization: `Bearer ${KEY}` };
const SHOWN: Record<string, Record<string, string>> = { openai: bearer, simulator: bearer, anthropic: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' }, gemini: { 'x-goog-api-key': KEY }, 'azure-openai': { 'api-key': KEY }, cohere: bearer };

/** Bedrock’s frames are no text: its own spec has them. Vertex answers as Gemini does. */
const inText = Object.values(registry).filter(({ name }) => name !== 'bedrock' && name !== 'vertex');

describe.each(inText)('the adapter $name', (adapter) => {
  const fixture = (file: string) => readFileSync(join(__dirname, adapter.name, 'fixtures', file));
  const refusals = existsSync(join(__dirname, adapter.name, 'fixtures', 'refusals.json')) ? (JSON.parse(fixture('refusals.json').toString()) as Refusal[]) : [];

  it('answers in a form from which everything can be read', () => {
    const answer = adapter.codec(aProvider()).decodeAnswer(parseAnswer(fixture('answer.json').toString()));
    expect(answer.choices.length).toBeGreaterThan(0);
    expect(answer.choices[0]?.parts).toContainEqual(expect.objectContaining({ type: 'text' }));
    expect(answer.usage).toMatchObject({ estimated: false });
    expect(answer.usage?.inputTokens).toBeGreaterThan(answer.usage?.cachedInputTokens ?? 0);
    expect(answer.usage?.outputTokens).toBeGreaterThan(0);
  });

  it('streams in a form that can be cut anywhere, with any line end', () => {
    const stream = fixture('stream.sse');
    const read = (pieces: Buffer[]) => {
      const decoder = adapter.codec(aProvider()).streamDecoder();
      const steps = [...pieces.map((piece) => decoder.push(piece)), decoder.end()];
      expect(steps.every(({ fault }) => fault === null)).toBe(true);
      const chunks = steps.flatMap((step) => step.chunks);
      return { answer: collectAnswer(chunks), commits: chunks.findIndex(isContent), count: chunks.length };
    };
    const whole = read([stream]);
    expect(whole.answer?.usage).toMatchObject({ estimated: false });
    expect(whole.commits).toBeGreaterThan(0);
    for (let at = 1; at < stream.length; at++) expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole);
    expect(read(Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(whole);
    for (const lineEnd of ['\r\n', '\r']) expect(read([Buffer.from(stream.toString().replaceAll('\n', lineEnd))])).toEqual(whole);
    expect(read([Buffer.from(stream.toString().trimEnd())])).toEqual(whole);
  });

  it('sends a flat list of fields that the connection can carry as they are', () => {
    const headers = adapter.headers(credential, aProvider({ 'X-Team': 'a\r\nx-evil: 1', 'X Bad': '1', Host: 'evil', 'Content-Length': '0', Authorization: 'Basic x', 'OpenAI-Organization': 'org' }));
    expect(headers.length % 2).toBe(0);
    const names = headers.filter((_, i) => i % 2 === 0);
    expect(names.every((name) => name === name.toLowerCase())).toBe(true);
    expect(new Set(names).size).toBe(names.length);
    expect(headers.join('\n')).not.toMatch(/\r|host|content-length|x bad/);
    expect(Object.fromEntries(names.map((name) => [name, headers[headers.indexOf(name) + 1]]))).toEqual({
      authorization: 'Basic x',
      ...SHOWN[adapter.name],
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'ai-higress-gateway',
      'x-team': 'ax-evil: 1',
      'openai-organization': 'org',
    });
  });

  it('sends no credential where there is none, and a new list each time', () => {
    const provider = aProvider();
    adapter.headers(null, provider).push('traceparent', 'x');
    expect(adapter.headers(null, provider)).toEqual([...(adapter.name === 'anthropic' ? ['anthropic-version', '2023-06-01'] : []), 'content-type', 'application/json', 'accept-encoding', 'identity', 'user-agent', 'ai-higress-gateway']);
  });

  it('trims a credential that was pasted with its line end', () => {
    expect(adapter.headers({ ...credential, value: new Secret(`${KEY}\r\n`) }, aProvider())[1]).toMatch(new RegExp(`(^|Bearer )${KEY}$`));
  });

  if (refusals.length > 0) {
    it.each(refusals)('understands $about ($status)', ({ status, headers, body, means }) => {
      const error = adapter.explain(status, headers, Buffer.from(body), credential);
      expect(error).toMatchObject(means);
      expect(`${error.message} ${error.param} ${error.upstreamCode} ${String(error.cause)}`).not.toContain('canary');
    });
  }

  it.each([100, 200, 204, 300, 304, 399, 400, 418, 451, 499, 500, 599])('never throws, whatever comes with %i', (status) => {
    for (const body of ['', '{', 'null', '[]', '[null]', '{"error":null}', '{"error":{"message":1,"code":{},"param":[]}}', '{"detail":[1,null]}', '\u0000\ud800', 'x'.repeat(100_000)]) {
      const error = adapter.explain(status, { 'retry-after': ['1', '2'] }, Buffer.from(body));
      expect(error.message.length).toBeGreaterThan(0);
      expect(error.message.length).toBeLessThanOrEqual(2048);
    }
  });
});

describe.each([registry.openai, registry.simulator, registry['azure-openai']])('the stream of $name', ({ name }) => {
  it('passes through, cut anywhere', () => {
    const stream = readFileSync(join(__dirname, name, 'fixtures', 'stream.sse'));
    const read = (pieces: Buffer[]) => {
      const reader = new OpenAiStreamReader(true);
      const forward = Buffer.concat([...pieces.map((piece) => reader.push(piece).forward), reader.end().forward]).toString();
      return { forward, usage: reader.usage, finished: reader.finished, committed: reader.committed };
    };
    const whole = read([stream]);
    expect(whole).toMatchObject({ finished: true, committed: true, usage: { estimated: false } });
    for (let at = 1; at < stream.length; at++) expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole);
    expect(read(Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(whole);
  });
});

it.each([registry.anthropic, registry.gemini, registry['azure-openai']])('$name streams what it answers whole', (adapter) => {
  const fixture = (file: string) => readFileSync(join(__dirname, adapter.name, 'fixtures', file));
  const codec = adapter.codec(aProvider());
  const { chunks } = codec.streamDecoder().push(fixture('stream.sse'));
  expect(collectAnswer(chunks)).toEqual(codec.decodeAnswer(parseAnswer(fixture('answer.json').toString())));
});

describe('the simulator', () => {
  const said = (body: object) => {
    const messages = [{ role: 'user', content: 'What is 你好 in English?' }];
    const { steps } = simulate({ endpoint: 'chat/completions', model: 'sim-fast', body: { messages, ...body }, id: 'fixture', createdUnix: 1_763_822_400, seed: 0 });
    return Buffer.concat([...steps].flatMap((step) => ('bytes' in step ? [step.bytes] : []))).toString();
  };
  const fixture = (file: string) => readFileSync(join(__dirname, 'simulator', 'fixtures', file), 'utf8');

  it('still says what was recorded of it', () => {
    expect(JSON.parse(said({}))).toEqual(JSON.parse(fixture('answer.json')));
    expect(said({ stream: true, stream_options: { include_usage: true }, max_tokens: 12, n: 2 })).toBe(fixture('stream.sse'));
  });
});
