import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { type House, openHouse } from './open-house';

const MAX_BYTES = 64 * 1024;

/** What a connection goes through: it lives on after every answer that leaves it in order, and is closed with an answer that can be heard where it cannot. */
describe('connections', () => {
  let house: House;
  let head: (length: string) => string;
  const good = JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'Hi' }] });

  beforeAll(async () => {
    house = await openHouse({ env: { MAX_REQUEST_BYTES: String(MAX_BYTES) } });
    head = (length) => `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${house.key}\r\nContent-Type: application/json\r\n${length}\r\n`;
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  const whole = (body: string, more = '') => `${head(`${more}Content-Length: ${Buffer.byteLength(body)}`)}\r\n${body}`;

  /** Everything that is answered to these bytes until the gateway closes its side; `ms` is when it did. */
  const hear = (bytes: string) =>
    new Promise<{ text: string; statuses: number[]; ms: number }>((resolve, reject) => {
      const from = performance.now();
      let text = '';
      const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(bytes));
      socket
        .setEncoding('latin1')
        .on('data', (part: string) => (text += part))
        .on('error', reject)
        .on('end', () => resolve({ text, statuses: [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status)), ms: performance.now() - from }));
    });

  it('serve the next request after every kind of refusal', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (path: string, headers: Record<string, string>, body: string) =>
      new Promise<{ status: number | undefined; isReused: boolean }>((resolve, reject) => {
        const asked = request(`${house.gateway.url}${path}`, { method: 'POST', agent, headers: { authorization: `Bearer ${house.key}`, 'content-type': 'application/json', ...headers } }, (answer) => {
          answer.resume().on('end', () => resolve({ status: answer.statusCode, isReused: asked.reusedSocket }));
        });
        asked.on('error', reject).end(body);
      });
    const chat = '/v1/chat/completions';
    house.upstream.always((call) => (call.raw.includes('fail') ? { status: 500 } : {}));
    expect(await send(chat, {}, good)).toEqual({ status: 200, isReused: false });
    const cases: [number, string, Record<string, string>, string][] = [
      [401, chat, { authorization: 'Bearer sk-nobody' }, good],
      [404, chat, {}, good.replace('fake', 'nothing')],
      [400, chat, {}, '{"model":'],
      [400, chat, {}, ''],
      [415, chat, { 'content-type': 'text/plain' }, 'x'.repeat(1000)],
      [415, chat, { 'content-encoding': 'gzip' }, good],
      [404, '/v1/nothing', {}, good],
      [405, '/v1/models', {}, good],
      [502, chat, {}, good.replace('Hi', 'fail')],
      [200, chat, {}, good],
    ];
    for (const [status, path, headers, body] of cases) expect(await send(path, headers, body)).toEqual({ status, isReused: true });
    agent.destroy();
  });

  it('answer pipelined requests in order', async () => {
    house.upstream.next({ delayMs: 300, text: 'first' });
    const { text, statuses } = await hear(whole(good) + whole('{') + whole(good, 'Connection: close\r\n'));
    expect(statuses).toEqual([200, 400, 200]);
    expect(text.indexOf('INVALID_JSON')).toBeGreaterThan(0);
  });

  it('let a client wait for 100 Continue', async () => {
    const { statuses } = await hear(whole(good, 'Expect: 100-continue\r\nConnection: close\r\n'));
    expect(statuses).toEqual([100, 200]);
  });

  it.each(['HEAD', 'OPTIONS', 'GET', 'DELETE'])('refuse %s where only POST is', async (method) => {
    const answer = await fetch(`${house.gateway.url}/v1/chat/completions`, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(await answer.text()).toMatch(method === 'HEAD' ? /^$/ : /METHOD_NOT_ALLOWED/);
  });

  it.each([
    ['by its length', (body: Buffer): RequestInit => ({ body })],
    ['by its chunks', (body: Buffer): RequestInit => ({ body: new Blob([body]).stream(), duplex: 'half' }) as RequestInit],
  ])('tell a client that is still sending a body too large %s', async (_, bodyOf) => {
    for (let i = 0; i < 5; i++) {
      const answer = await fetch(`${house.gateway.url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${house.key}`, 'content-type': 'application/json' }, ...bodyOf(Buffer.alloc(8_000_000, 'x')) });
      expect(answer.status).toBe(413);
      expect(answer.headers.get('connection')).toBe('close');
      expect(await answer.json()).toMatchObject({ error: { code: 'REQUEST_TOO_LARGE', message: expect.stringContaining('MAX_REQUEST_BYTES'), trace_id: answer.headers.get('x-request-id') } });
    }
  });

  it('are closed behind that answer, without the rest being read', async () => {
    const announced = await hear(`${head('Content-Length: 50000000')}\r\n{`);
    expect(announced).toMatchObject({ statuses: [413] });
    expect(announced.ms).toBeLessThan(1000);
    const { bytesTaken, ms } = await sendForEver(`${head('Transfer-Encoding: chunked')}\r\n`);
    expect(ms).toBeLessThan(5000);
    // What was under way when the connection broke is not counted.
    expect(bytesTaken).toBeGreaterThan(MAX_BYTES / 2);
  });

  /** A client that never looks at an answer. */
  const sendForEver = (start: string) =>
    new Promise<{ bytesTaken: number; ms: number }>((resolve) => {
      const from = performance.now();
      const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
      const socket = connect({ port: house.gateway.port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(start));
      const drip = setInterval(() => socket.write(chunk), 5);
      socket.on('error', () => undefined).on('close', () => {
        clearInterval(drip);
        resolve({ bytesTaken: socket.bytesWritten, ms: performance.now() - from });
      });
    });

  it('carry nothing to a provider behind an answer that closes them', async () => {
    const { statuses } = await hear(`${head('Content-Length: 100000')}\r\n${'x'.repeat(100_000)}${whole(good)}`);
    expect(statuses).toEqual([413]);
    const behindAnother = await hear(`${whole(good)}${head('Content-Length: 100000')}\r\n${'x'.repeat(100_000)}${whole(good)}`);
    expect(behindAnother.statuses).toEqual([200, 413]);
    house.upstream.reset();
    const twoHosts = await hear(`${whole(good, 'Host: b\r\n')}${whole(good)}`);
    expect(twoHosts.statuses).toEqual([400]);
    expect((await house.chat('Hi')).status).toBe(200);
    expect(house.upstream.calls).toHaveLength(1);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['an unknown method', 'FOO /v1/models HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a header too large', `GET /v1/models HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a NUL in a header', 'GET /v1/models HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 400],
  ])('are closed with one answer in the form of every other where they carry %s', async (_, bytes, status) => {
    const { text, statuses } = await hear(bytes);
    expect(statuses).toEqual([status]);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))).toMatchObject({ error: { code: 'INVALID_REQUEST', source: 'client', trace_id: /x-request-id: (\S+)/.exec(text)?.[1] } });
  });

  it('carry no header that a caller made of a field', async () => {
    const evil = 'x\r\nx-evil: 1\r\n\r\n<html>';
    const bodies = [{ model: evil, messages: [{ role: 'user' }] }, { model: 'fake', messages: [{ role: 'user' }], [evil]: 1 }, { model: 'fake', messages: evil }, { model: 'fake', messages: [{ role: 'user' }], user: evil }];
    for (const body of [...bodies.map((value) => JSON.stringify(value)), `{"model":"fake","${JSON.stringify(evil).slice(1, -1)}":1,"${JSON.stringify(evil).slice(1, -1)}":2}`]) {
      const { text } = await hear(whole(body, 'Connection: close\r\nX-Request-Id: \xe9"\\\xff\r\nIdempotency-Key: \xe9\r\n'));
      const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n').slice(1);
      expect(lines.map((line) => line.split(':')[0]?.toLowerCase()).sort()).toEqual([...new Set(lines.map((line) => line.split(':')[0]?.toLowerCase()))].sort());
      expect(lines.some((line) => /evil|é|ÿ/i.test(line))).toBe(false);
    }
    expect(JSON.stringify(house.upstream.calls.map(({ rawHeaders }) => rawHeaders))).not.toContain('evil');
  });

  it('leave no trace of a fault of ours in the log', () => {
    expect(house.gateway.log()).not.toMatch(/MaxListeners|unhandled|TypeError|INTERNAL_ERROR|"level":"(error|fatal)"/i);
  });
});
