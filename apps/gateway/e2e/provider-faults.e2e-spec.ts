import type { Play } from '@higress/testing';
import { type House, openHouse, PRICE } from './open-house';

const LIMITS = { connect_ms: 500, first_token_ms: 700, idle_ms: 600, total_ms: 2500 };
const MAX_STREAM_BYTES = 2_000_000;

interface Row {
  status: number;
  error_code: string | null;
  input_tokens: number;
  output_tokens: number;
  estimated: boolean;
  cost: string;
  overhead_ms: number;
}

/** Whatever a provider does wrong, its caller gets a typed answer in time, and the book a row that is true. */
describe('a provider that misbehaves', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({
      env: { MAX_STREAM_BYTES: String(MAX_STREAM_BYTES), MAX_RESPONSE_BYTES: '65536', CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1000' },
      file: ({ upstream }) => ({
        providers: [
          { name: 'first', dialect: 'openai', base_url: upstream.url, timeouts: LIMITS },
          { name: 'short', dialect: 'openai', base_url: upstream.url, timeouts: { connect_ms: 500, first_token_ms: 900, idle_ms: 900, total_ms: 1500 } },
        ],
        models: [
          { name: 'fake', deployments: [{ provider: 'first', upstream_model: 'fake-model', price: PRICE }] },
          { name: 'twice', deployments: [1, 2, 3].map((priority) => ({ provider: 'short', upstream_model: `fake-model-${priority}`, priority, price: PRICE })) },
        ],
      }),
    });
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  const rowOf = async (answer: Response): Promise<Row> => {
    const id = answer.headers.get('x-request-id');
    const [row] = await house.eventually<Row>(`select status, error_code, input_tokens::int, output_tokens::int, estimated, cost_nano::text as cost, overhead_ms from usage_records where id = '${id}'`, (rows) => rows.length === 1);
    return row as Row;
  };
  const data = (text: string) => text.split('\n\n').filter((event) => event.startsWith('data: ')).map((event) => event.slice('data: '.length));
  const said = (text: string) =>
    data(text)
      .filter((event) => event !== '[DONE]')
      .map((event) => (JSON.parse(event) as { choices?: { delta: { content?: string } }[] }).choices?.[0]?.delta.content ?? '')
      .join('');
  const content = (text: string) => `data: ${JSON.stringify({ id: 'chatcmpl-a-name-of-some-length', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\n\n`;

  describe('before its answer', () => {
    it.each<[string, Play, number, string]>([
      ['HTML with 200', { body: '<html>hello</html>', headers: { 'content-type': 'text/html' } }, 502, 'UPSTREAM_INVALID_RESPONSE'],
      ['204', { status: 204, body: '' }, 502, 'UPSTREAM_INVALID_RESPONSE'],
      ['JSON cut short', { body: '{"choices":[' }, 502, 'UPSTREAM_INVALID_RESPONSE'],
      ['a redirect', { status: 302, headers: { location: 'http://169.254.169.254/' } }, 502, 'UPSTREAM_ERROR'],
      ['an encoded answer', { headers: { 'content-encoding': 'gzip' } }, 502, 'UPSTREAM_INVALID_RESPONSE'],
      ['a reset', { resets: true }, 502, 'UPSTREAM_ERROR'],
      ['500', { status: 500 }, 502, 'UPSTREAM_ERROR'],
      ['our credential refused', { status: 401 }, 502, 'UPSTREAM_ERROR'],
      ['silence', { hangs: true }, 504, 'UPSTREAM_TIMEOUT'],
    ])('%s is a typed error, whole and streamed, and costs nothing', async (_, play, status, code) => {
      for (const stream of [false, true]) {
        house.upstream.next(play);
        const from = performance.now();
        const answer = await house.chat('Hi', { stream });
        expect(performance.now() - from).toBeLessThan(LIMITS.first_token_ms + 1000);
        expect(answer.status).toBe(status);
        expect(answer.headers.get('content-type')).toBe('application/json');
        expect(await answer.json()).toMatchObject({ error: { code, source: 'upstream', trace_id: answer.headers.get('x-request-id') } });
        expect(await rowOf(answer)).toMatchObject({ status, error_code: code, cost: '0', output_tokens: 0 });
      }
      expect(house.upstream.calls).toHaveLength(2);
    });

    it('refuses an answer over MAX_RESPONSE_BYTES, announced or not', async () => {
      house.upstream.next({ text: 'x'.repeat(70_000) }, { body: Buffer.from(JSON.stringify({ choices: [], padding: 'x'.repeat(70_000) })), headers: { 'content-length': '70000000' } });
      for (let i = 0; i < 2; i++) {
        const answer = await house.chat('Hi');
        expect(answer.status).toBe(502);
        expect(await answer.json()).toMatchObject({ error: { code: 'UPSTREAM_RESPONSE_TOO_LARGE' } });
      }
    });

    it('gives up on an answer that never gets whole, within a second of the time that it has', async () => {
      house.upstream.next({ hangsAfterChunks: 0 });
      const from = performance.now();
      const answer = await house.chat('Hi');
      expect(answer.status).toBe(504);
      expect(performance.now() - from).toBeLessThan(LIMITS.first_token_ms + 1000);
    });

    it.each([false, true])('ends a call at its overall deadline, retries included (stream: %s)', async (stream) => {
      house.upstream.always({ hangs: true });
      const from = performance.now();
      const answer = await house.chat('Hi', { model: 'twice', stream });
      expect(answer.status).toBe(504);
      expect(performance.now() - from).toBeGreaterThan(1400);
      expect(performance.now() - from).toBeLessThan(2500);
      expect(house.upstream.calls).toHaveLength(2);
      expect(await rowOf(answer)).toMatchObject({ status: 504, error_code: 'UPSTREAM_TIMEOUT', cost: '0' });
    });

    it('does not take headers, a role or comments for the first token', async () => {
      house.upstream.next({ delayMs: 500, hangsAfterChunks: 1, comments: true });
      const from = performance.now();
      const answer = await house.chat('Hi', { stream: true });
      expect(answer.status).toBe(504);
      expect(performance.now() - from).toBeLessThan(LIMITS.first_token_ms + 300);
    });
  });

  describe('with a stream in an odd form', () => {
    const text = ['Grüße', ', 世界', ' 🌍', '!'];
    it.each<[string, Play]>([
      ['CRLF', { text, lineEnd: '\r\n' }],
      ['CR', { text, lineEnd: '\r' }],
      ['CRLF in single bytes', { text, lineEnd: '\r\n', bytesPerWrite: 1 }],
      ['characters cut in two', { text, bytesPerWrite: 3 }],
      ['comments', { text, comments: true }],
      ['no [DONE]', { text, done: false }],
      ['no final newline', { body: `${text.map(content).join('')}data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7}}` }],
    ])('reads %s as it is meant', async (_, play) => {
      house.upstream.next(play);
      const answer = await house.chat('Hi', { stream: true });
      const body = await answer.text();
      expect(said(body)).toBe(text.join(''));
      expect(data(body).at(-1)).toBe('[DONE]');
      expect(await rowOf(answer)).toMatchObject({ status: 200, error_code: null, input_tokens: 11, output_tokens: 7, estimated: false, cost: '25000' });
    });

    it('ends with [DONE] though the provider leaves its connection open behind it', async () => {
      house.upstream.next({ text, hangsAfterChunks: 99 });
      const from = performance.now();
      const answer = await house.chat('Hi', { stream: true });
      expect(data(await answer.text()).at(-1)).toBe('[DONE]');
      expect(performance.now() - from).toBeLessThan(LIMITS.idle_ms);
      expect(await rowOf(answer)).toMatchObject({ status: 200, output_tokens: 7 });
      const call = await house.upstream.call(0);
      await call.ended;
      expect(call.aborted).toBe(true);
    });

    it.each<[string, object | null]>([
      ['no usage', null],
      ['absurd usage', { prompt_tokens: -3, completion_tokens: 1e15 }],
      ['usage in words', { prompt_tokens: 'many', completion_tokens: [] }],
    ])('counts for itself where there is %s', async (_, usage) => {
      for (const stream of [false, true]) {
        house.upstream.next({ text: ['Hello', ' there', ' and', ' everywhere'], usage });
        const answer = await house.chat('Hi', { stream });
        await answer.text();
        const row = await rowOf(answer);
        expect(row).toMatchObject({ status: 200, estimated: true });
        expect(row.input_tokens).toBeGreaterThan(0);
        expect(row.output_tokens).toBeGreaterThanOrEqual(4);
        expect(row.output_tokens).toBeLessThan(100);
      }
    });
  });

  describe('in the middle of a stream', () => {
    const words = Array<string>(60).fill('word ');
    /** More than one read of a socket gives, so that the stream has begun when the rest comes. */
    const begun = content('word '.repeat(20)).repeat(500);
    it.each<[string, Play, string]>([
      ['a reset', { text: words, chunkDelayMs: 2, resetsAfterBytes: 3000 }, 'UPSTREAM_ERROR'],
      ['an end without an end', { text: words, chunkDelayMs: 2, closesAfterBytes: 3000 }, 'UPSTREAM_ERROR'],
      ['silence', { text: words, hangsAfterChunks: 10 }, 'UPSTREAM_TIMEOUT'],
      ['an error event', { body: `${begun}data: {"error":{"message":"sk-secret","code":"x"}}\n\ndata: [DONE]\n\n` }, 'UPSTREAM_ERROR'],
      ['JSON cut short', { body: `${begun}data: {"choices":[\n\ndata: [DONE]\n\n` }, 'UPSTREAM_INVALID_RESPONSE'],
      ['broken JSON', { body: `${begun}data: {broken}\n\ndata: [DONE]\n\n` }, 'UPSTREAM_INVALID_RESPONSE'],
      ['no JSON', { body: `${begun}data: hello\n\n` }, 'UPSTREAM_INVALID_RESPONSE'],
      ['a line over 1 MB', { body: `${begun}data: {"a":"${'x'.repeat(1_100_000)}`, hangsAfterChunks: 99 }, 'UPSTREAM_INVALID_RESPONSE'],
      ['an endless stream', { text: ['x'.repeat(5000)], endless: true }, 'UPSTREAM_RESPONSE_TOO_LARGE'],
      ['a slow drip', { text: ['drip '], endless: true, chunkDelayMs: 100 }, 'UPSTREAM_TIMEOUT'],
    ])('%s ends it with an error event, without [DONE], charged for what came', async (_, play, code) => {
      house.upstream.next(play);
      const answer = await house.chat('Hi', { stream: true });
      expect(answer.status).toBe(200);
      const body = await answer.text();
      expect(body).not.toContain('[DONE]');
      expect(body).not.toContain('sk-secret');
      expect(JSON.parse(data(body).at(-1) as string)).toMatchObject({ error: { code, source: 'upstream', trace_id: answer.headers.get('x-request-id') } });
      expect(body.length).toBeLessThan(MAX_STREAM_BYTES + 10_000);
      const row = await rowOf(answer);
      expect(row).toMatchObject({ status: code === 'UPSTREAM_TIMEOUT' ? 504 : 502, error_code: code, estimated: true });
      expect(row.overhead_ms).toBeLessThan(LIMITS.idle_ms);
      expect(row.output_tokens).toBeGreaterThan(0);
      expect(Number(row.cost)).toBeGreaterThan(0);
    });
  });

  it('keeps nothing of all this: no slot, no hold', async () => {
    expect(await house.eventually('select 1 from holds', (rows) => rows.length === 0)).toEqual([]);
    expect(await (await fetch(`${house.gateway.url}/metrics`)).text()).toMatch(/^gateway_inflight_requests(\{[^}]*\})? 0$/m);
  });

  it('leaves no trace of a fault of ours in the log', () => {
    expect(house.gateway.log()).not.toMatch(/MaxListeners|unhandled|TypeError|INTERNAL_ERROR|"level":"(error|fatal)"/i);
  });
});
