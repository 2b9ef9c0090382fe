import { eventually, type ProviderCall } from '@higress/testing';
import { connect } from 'node:net';
import { type House, openHouse, PRICE } from './open-house';

const WITHIN_MS = 30_000;
const TIMEOUT_MS = 60_000;

/** What takes its time is bounded on both sides, and holds nobody else up. The cases run side by side, because each of them is long. */
describe('slow clients and slow providers', () => {
  let house: House;
  let slowHead: Promise<Heard>;
  let slowBody: Promise<Heard>;
  let stalledReader: Promise<{ call: ProviderCall; ms: number; most: number }>;
  let silentThenWell: Promise<string>;
  let silentToTheEnd: Promise<string>;

  interface Heard {
    readonly text: string;
    readonly ms: number;
  }

  beforeAll(async () => {
    house = await openHouse({
      file: ({ upstream, spare }) => ({
        providers: [
          { name: 'first', dialect: 'openai', base_url: upstream.url, timeouts: { first_token_ms: 18_500, idle_ms: 18_500, total_ms: 120_000 } },
          { name: 'second', dialect: 'openai', base_url: spare.url },
        ],
        models: [
          {
            name: 'fake',
            deployments: [
              { provider: 'first', upstream_model: 'fake-model', priority: 1, price: PRICE },
              { provider: 'second', upstream_model: 'fake-model', priority: 2, price: PRICE },
            ],
          },
        ],
      }),
    });
    house.upstream.always((call) => {
      const { messages } = call.body as { messages: { content: string }[] };
      const asked = messages[0]?.content;
      return asked === 'much' ? { text: ['x'.repeat(60_000)], endless: true } : asked === 'think' ? { delayMs: 17_000 } : asked === 'hang' ? { hangs: true } : {};
    });
    slowHead = heard(head('Content-Length: 2'), 'X-Drip: ', 1000);
    slowBody = heard(`${head('Content-Length: 200')}\r\n`, '{"model":"fake",', 1000);
    stalledReader = readNothing();
    silentThenWell = stream('think').then((answer) => answer.text());
    silentToTheEnd = stream('hang').then((answer) => answer.text());
  });
  afterAll(() => house.close());

  const head = (length: string) => `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${house.key}\r\nContent-Type: application/json\r\n${length}\r\n`;
  const stream = (content: string) => house.chat(content, { stream: true });

  /** Sends `start` at once and then a byte of what follows now and then; everything that is answered until the connection is closed. */
  const heard = (start: string, follows: string, everyMs: number) =>
    new Promise<Heard>((resolve, reject) => {
      const from = performance.now();
      let text = '';
      let sent = 0;
      const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(start));
      const drip = setInterval(() => socket.write(follows[sent++ % follows.length] as string), everyMs);
      socket
        .setEncoding('latin1')
        .on('data', (part: string) => (text += part))
        .on('error', reject)
        .on('close', () => {
          clearInterval(drip);
          resolve({ text, ms: performance.now() - from });
        });
    });

  const readNothing = async () => {
    const body = JSON.stringify({ model: 'fake', stream: true, messages: [{ role: 'user', content: 'much' }] });
    const from = performance.now();
    const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(`${head(`Content-Length: ${body.length}`)}\r\n${body}`));
    socket.pause().on('error', () => undefined);
    const call = await eventually('the provider is asked for much', () => house.upstream.calls.find(({ raw }) => raw.includes('"much"')));
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, call.bytesSent)), 500);
    await call.ended;
    clearInterval(watch);
    socket.destroy();
    return { call, ms: performance.now() - from, most };
  };

  it('serves everybody else meanwhile', async () => {
    const from = performance.now();
    const answer = await house.chat('Hi');
    expect(answer.status).toBe(200);
    expect(performance.now() - from).toBeLessThan(2000);
  });

  it('tells a provider’s silence from death after 15 s, and relays what comes later', async () => {
    const text = await silentThenWell;
    expect(text.startsWith(': keep-alive\n\ndata: {')).toBe(true);
    expect(text).toContain('Hello');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  }, TIMEOUT_MS);

  it('has begun with that first sign of life: a failure after it is a terminal error, and nobody else is asked', async () => {
    const text = await silentToTheEnd;
    expect(text).toMatch(/^: keep-alive\n\ndata: \{"error":\{[^\n]*"code":"UPSTREAM_TIMEOUT"[^\n]*\}\n\n$/);
    expect(house.spare.calls).toHaveLength(0);
    const [row] = await house.eventually('select status, error_code, attempts, cost_nano::text as cost from usage_records where status = 504', (rows) => rows.length === 1);
    expect(row).toEqual({ status: 504, error_code: 'UPSTREAM_TIMEOUT', attempts: 1, cost: '0' });
  }, TIMEOUT_MS);

  it.each([
    ['headers', () => slowHead],
    ['a body', () => slowBody],
  ])('answers slow %s with 408 and closes within 30 s', async (_, outcome) => {
    const { text, ms } = await outcome();
    expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[^]*connection: close\r\n\r\n\{"error":\{[^]*"code":"REQUEST_TIMEOUT"/i);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(ms).toBeLessThan(WITHIN_MS);
  }, TIMEOUT_MS);

  it('stops reading from the provider while the client reads nothing, and ends the call after 30 s', async () => {
    const { call, ms, most } = await stalledReader;
    expect(call.aborted).toBe(true);
    expect(ms).toBeGreaterThan(29_000);
    expect(ms).toBeLessThan(45_000);
    // A megabyte with us, and what the kernels of three sockets hold.
    expect(most).toBeLessThan(20_000_000);
    const [row] = await house.eventually<{ estimated: boolean; output_tokens: number }>('select estimated, output_tokens::int from usage_records where status = 499', (rows) => rows.length === 1);
    expect(row?.estimated).toBe(true);
    expect(row?.output_tokens).toBeGreaterThan(0);
  }, TIMEOUT_MS);

  it('leave no trace of a fault of ours in the log', () => {
    expect(house.gateway.log()).not.toMatch(/MaxListeners|unhandled|TypeError|INTERNAL_ERROR|"level":"(error|fatal)"/i);
  });
});
