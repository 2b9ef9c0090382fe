import { once } from 'node:events';
import type { Socket } from 'node:net';
import { DomainError } from '@higress/kernel';
import { eventually } from '@higress/testing';
import { EgressRules, readErrorBody, Upstream, type UpstreamAnswer } from '../index';
import { aCall } from './fixtures/a-call';
import { rawServer, type RawServer } from './fixtures/raw-server';

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const LOOPBACK = new EgressRules({ privateAllow: ['127.0.0.0/8'] });
const whole = (body: string, head = OK) => `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

let upstream: Upstream;
let server: RawServer | undefined;
const serve = async (how: (socket: Socket, request: string) => void) => (server = await rawServer(how));
const failure = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(DomainError);
  return error as DomainError;
};
const readToEnd = async (answer: UpstreamAnswer) => {
  const chunks: Buffer[] = [];
  for (let read = await answer.read(); read; read = await answer.read()) chunks.push(read);
  return Buffer.concat(chunks).toString();
};

beforeEach(() => (upstream = new Upstream({ egress: LOOPBACK })));
afterEach(async () => {
  await server?.close();
  server = undefined;
  await upstream.close();
});

describe('an answer over HTTP', () => {
  it('is the provider\'s status, headers and bytes, for the request that was given', async () => {
    const { url, received } = await serve((socket) => socket.write(whole('{"ok":true}', 'HTTP/1.1 201 Created\r\nX-One: 1\r\nset-cookie: a\r\nset-cookie: b\r\n')));
    const answer = await upstream.call(aCall(url, { headers: ['authorization', 'Bearer sk'], body: Buffer.from('{"x":1}') }));
    expect(answer).toMatchObject({ status: 201, headers: { 'x-one': '1', 'set-cookie': ['a', 'b'] } });
    expect((await answer.readAll()).toString()).toBe('{"ok":true}');
    expect(received[0]).toMatch(/^POST \/v1\/chat\/completions HTTP\/1.1\r\nhost: 127.0.0.1:\d+\r\n(.*\r\n)*authorization: Bearer sk\r\ncontent-length: 7\r\n\r\n\{"x":1\}$/);
  });

  it('uses the connection again', async () => {
    const { url, server } = await serve((socket) => socket.write(whole('{}')));
    let connections = 0;
    server.on('connection', () => connections++);
    for (let i = 0; i < 5; i++) await (await upstream.call(aCall(url))).readAll();
    // undici leaves a socket alone for one turn, so the second call of a quick sequence opens another.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('gives everything that came in one turn as one buffer', async () => {
    const { url } = await serve((socket) => socket.write(CHUNKED + ['a', 'b', 'c', 'd'].map(chunk).join('') + '0\r\n\r\n'));
    const answer = await upstream.call(aCall(url));
    expect((await answer.read())?.toString()).toBe('abcd');
    expect(await answer.read()).toBeNull();
    expect(await answer.read()).toBeNull();
  });

  it('without a body ends at once', async () => {
    const { url } = await serve((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    const answer = await upstream.call(aCall(url));
    expect(answer.status).toBe(204);
    expect(await answer.read()).toBeNull();
  });

  it('skips informational answers', async () => {
    const { url } = await serve((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${whole('{}')}`));
    expect(await upstream.call(aCall(url))).toMatchObject({ status: 200 });
  });

  it('that redirects is not followed', async () => {
    const { url, received } = await serve((socket) => socket.write('HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n'));
    expect(await upstream.call(aCall(url))).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
    expect(received).toHaveLength(1);
  });

  it('can be asked for with GET', async () => {
    const { url, received } = await serve((socket) => socket.write(whole('{}')));
    await (await upstream.call(aCall(url, { method: 'GET', path: '/models', body: null }))).readAll();
    expect(received[0]).toMatch(/^GET \/v1\/models HTTP/);
  });
});

describe('an answer in a hundred thousand pieces', () => {
  const bytes = 'abcdefghij'.repeat(10_000);
  const serveBytes = () => serve((socket) => socket.write(`${CHUNKED}${bytes.replace(/./g, '1\r\n$&\r\n')}0\r\n\r\n`));

  it('is read whole at once', async () => {
    expect((await (await upstream.call(aCall((await serveBytes()).url))).readAll()).toString()).toBe(bytes);
  });

  it('is read whole by and by', async () => {
    const answer = await upstream.call(aCall((await serveBytes()).url));
    await eventually('all of it is here', () => answer.receivedBytes === bytes.length);
    expect(await readToEnd(answer)).toBe(bytes);
  });
});

describe('a provider that fails before its headers', () => {
  it('refuses: UPSTREAM_ERROR that names no host', async () => {
    const gone = await rawServer(() => undefined);
    await gone.close();
    const error = await failure(upstream.call(aCall(gone.url)));
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', http: 502 });
    expect(error.message).not.toContain('127');
  });

  it('cannot be resolved: UPSTREAM_ERROR', async () => {
    const lost = new Upstream({ egress: LOOPBACK, resolve: (_, done) => done(Object.assign(new Error('getaddrinfo ENOTFOUND secret.host'), { code: 'ENOTFOUND' }), []) });
    const error = await failure(lost.call(aCall('http://secret.host/v1')));
    expect(error.code).toBe('UPSTREAM_ERROR');
    expect(error.message).not.toContain('secret');
    await lost.close();
  });

  it('does not speak TLS: UPSTREAM_ERROR', async () => {
    const { port, server } = await serve(() => undefined);
    server.on('connection', (socket: Socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await failure(upstream.call(aCall(`https://127.0.0.1:${port}/v1`)))).toMatchObject({ code: 'UPSTREAM_ERROR' });
  });

  it('resets: UPSTREAM_ERROR', async () => {
    const { url } = await serve((socket) => socket.resetAndDestroy());
    expect(await failure(upstream.call(aCall(url)))).toMatchObject({ code: 'UPSTREAM_ERROR' });
  });

  it('says something that is not HTTP: UPSTREAM_INVALID_RESPONSE', async () => {
    const { url } = await serve((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
    expect(await failure(upstream.call(aCall(url)))).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
  });

  it('sends headers without end: UPSTREAM_INVALID_RESPONSE', async () => {
    const { url } = await serve((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`));
    expect(await failure(upstream.call(aCall(url)))).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
  });

  it('never answers: UPSTREAM_TIMEOUT, and the connection is closed', async () => {
    const { url, server } = await serve(() => undefined);
    const closed = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'));
    const from = performance.now();
    expect(await failure(upstream.call(aCall(url, { firstTokenMs: 80 })))).toMatchObject({ code: 'UPSTREAM_TIMEOUT', http: 504 });
    expect(performance.now() - from).toBeLessThan(400);
    await closed;
  });

  it('never finishes the TLS handshake: UPSTREAM_TIMEOUT after connectMs', async () => {
    const { port } = await serve(() => undefined);
    const from = performance.now();
    expect(await failure(upstream.call(aCall(`https://127.0.0.1:${port}/v1`, { connectMs: 80 })))).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(performance.now() - from).toBeLessThan(400);
  });

  it('compresses although asked not to: UPSTREAM_INVALID_RESPONSE', async () => {
    const { url } = await serve((socket) => socket.write(whole('xx', `${OK}Content-Encoding: gzip\r\n`)));
    expect(await failure(upstream.call(aCall(url)))).toMatchObject({ code: 'UPSTREAM_INVALID_RESPONSE' });
  });

  it('announces too much: UPSTREAM_RESPONSE_TOO_LARGE without reading it', async () => {
    const { url } = await serve((socket) => socket.write(`${OK}content-length: 1001\r\n\r\n`));
    expect(await failure(upstream.call(aCall(url, { maxBytes: 1000 })))).toMatchObject({ code: 'UPSTREAM_RESPONSE_TOO_LARGE' });
  });

  it('is not called with a header that smuggles a line', async () => {
    const { url, received } = await serve((socket) => socket.write(whole('{}')));
    expect(await failure(upstream.call(aCall(url, { headers: ['x', 'a\r\nx-evil: 1'] })))).toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(received).toHaveLength(0);
  });
});

describe('a provider that fails in its body', () => {
  it('resets: what came is read first, then UPSTREAM_ERROR', async () => {
    const { url } = await serve((socket) => {
      socket.write(CHUNKED + chunk('data: 1\n\n'));
      setTimeout(() => socket.resetAndDestroy(), 20);
    });
    const answer = await upstream.call(aCall(url));
    expect((await answer.read())?.toString()).toBe('data: 1\n\n');
    expect(await failure(answer.read())).toMatchObject({ code: 'UPSTREAM_ERROR' });
    expect(await failure(answer.read())).toMatchObject({ code: 'UPSTREAM_ERROR' });
  });

  it('closes before the announced length: UPSTREAM_ERROR', async () => {
    const { url } = await serve((socket) => socket.end(`${OK}content-length: 10\r\n\r\n12345`));
    expect(await failure((await upstream.call(aCall(url))).readAll())).toMatchObject({ code: 'UPSTREAM_ERROR' });
  });

  it('sends more than allowed: UPSTREAM_RESPONSE_TOO_LARGE', async () => {
    const { url } = await serve((socket) => socket.write(CHUNKED + chunk('x'.repeat(2000))));
    expect(await failure((await upstream.call(aCall(url, { maxBytes: 1000 }))).readAll())).toMatchObject({ code: 'UPSTREAM_RESPONSE_TOO_LARGE' });
  });

  it('sends headers and then nothing: UPSTREAM_TIMEOUT after firstTokenMs', async () => {
    const { url } = await serve((socket) => socket.write(CHUNKED));
    const answer = await upstream.call(aCall(url, { firstTokenMs: 60 }));
    expect(await failure(answer.read())).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('falls silent: UPSTREAM_TIMEOUT after idleMs', async () => {
    const { url } = await serve((socket) => socket.write(CHUNKED + chunk('a')));
    const answer = await upstream.call(aCall(url, { idleMs: 60 }));
    expect((await answer.read())?.toString()).toBe('a');
    expect(await failure(answer.read())).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('only ever sends comments: UPSTREAM_TIMEOUT, because only the reader says what counts', async () => {
    const { url } = await serve((socket) => {
      socket.write(CHUNKED);
      const drip = setInterval(() => socket.write(chunk(': hello\n\n')), 20);
      socket.on('close', () => clearInterval(drip));
    });
    const answer = await upstream.call(aCall(url, { idleMs: null, firstTokenMs: 150 }));
    expect(await failure(readToEnd(answer))).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(answer.receivedBytes).toBeGreaterThan(0);
  });

  it('lives as long as the reader finds it useful', async () => {
    const { url } = await serve((socket) => {
      socket.write(CHUNKED);
      let sent = 0;
      const drip = setInterval(() => {
        socket.write(++sent === 10 ? '0\r\n\r\n' : chunk('x'));
        if (sent === 10) clearInterval(drip);
      }, 30);
    });
    const answer = await upstream.call(aCall(url, { idleMs: null, firstTokenMs: 200 }));
    let read = '';
    for (let piece = await answer.read(); piece; piece = await answer.read()) {
      answer.expectWithin(200);
      read += piece.toString();
    }
    expect(read).toBe('xxxxxxxxx');
  });
});

describe('a call that is given up', () => {
  it.each(['before the headers', 'in the body'])('%s closes the connection at once and gives the reason of the signal', async (when) => {
    const { url, server } = await serve((socket) => when === 'in the body' && socket.write(CHUNKED + chunk('a')));
    const closed = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'));
    const gone = new AbortController();
    const call = upstream.call(aCall(url, { signal: gone.signal }));
    const answer = when === 'in the body' ? await call : undefined;
    await answer?.read();
    const reason = new Error('the client left');
    setTimeout(() => gone.abort(reason), 30);
    await expect(answer ? answer.read() : call).rejects.toBe(reason);
    await closed;
  });

  it('by its overall deadline is UPSTREAM_TIMEOUT', async () => {
    const { url } = await serve(() => undefined);
    expect(await failure(upstream.call(aCall(url, { signal: AbortSignal.timeout(50) })))).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('before it began does not reach the provider', async () => {
    const { url, received } = await serve((socket) => socket.write(whole('{}')));
    await expect(upstream.call(aCall(url, { signal: AbortSignal.abort(new Error('too late')) }))).rejects.toThrow('too late');
    expect(received).toHaveLength(0);
  });

  it('while connecting rejects at once', async () => {
    const silent = new Upstream({ egress: LOOPBACK, resolve: () => undefined });
    await expect(silent.call(aCall('http://somewhere.test/v1', { signal: AbortSignal.timeout(30), connectMs: 500 }))).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    await silent.close();
  });

  it('by cancel() rejects the read under way, and later ones', async () => {
    const { url } = await serve((socket) => socket.write(CHUNKED + chunk('a')));
    const answer = await upstream.call(aCall(url));
    await answer.read();
    const read = answer.read();
    const reason = new Error('enough');
    answer.cancel(reason);
    await expect(read).rejects.toBe(reason);
    await expect(answer.read()).rejects.toBe(reason);
  });

  it('leaves no listener on its signal, however it ends', async () => {
    const { url } = await serve((socket, request) => (request.includes('/bad') ? socket.resetAndDestroy() : socket.write(whole('{}'))));
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    await (await upstream.call(aCall(url, { signal }))).readAll();
    await failure(upstream.call(aCall(url, { signal, path: '/bad' })));
    (await upstream.call(aCall(url, { signal }))).cancel();
    expect(listeners).toBe(0);
  });
});

describe('after close()', () => {
  it('nothing is called any more', async () => {
    const { url, received } = await serve((socket) => socket.write(whole('{}')));
    await upstream.close();
    expect(await failure(upstream.call(aCall(url)))).toMatchObject({ code: 'NOT_READY' });
    expect(received).toHaveLength(0);
  });

  it('calls in flight still end', async () => {
    const { url } = await serve((socket) => {
      socket.write(CHUNKED + chunk('a'));
      setTimeout(() => socket.write(`${chunk('b')}0\r\n\r\n`), 50);
    });
    const answer = await upstream.call(aCall(url));
    const [text] = await Promise.all([readToEnd(answer), upstream.close()]);
    expect(text).toBe('ab');
  });
});

describe('a reader that is slow', () => {
  it('has the provider wait at 1 MB, loses nothing, and is not blamed on the provider', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const pieces = 320;
    let sent = 0;
    const { url } = await serve((socket) => {
      socket.write(`${OK}content-length: ${pieces * piece.length}\r\n\r\n`);
      const send = () => {
        while (sent < pieces) {
          sent++;
          if (!socket.write(piece)) return void socket.once('drain', send);
        }
      };
      send();
    });
    const answer = await upstream.call(aCall(url, { idleMs: 100 }));
    // Longer than the provider may be silent.
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(answer.receivedBytes).toBeGreaterThanOrEqual(1 << 20);
    expect(answer.receivedBytes).toBeLessThan(2 << 20);
    expect((await readToEnd(answer)).length).toBe(pieces * piece.length);
  });
});

describe('a refusal\'s body', () => {
  it('is read as far as it comes, and never rejects', async () => {
    const { url } = await serve((socket) => {
      socket.write(`HTTP/1.1 500 Oops\r\ncontent-length: 100\r\n\r\n{"error":`);
      setTimeout(() => socket.destroy(), 20);
    });
    const answer = await upstream.call(aCall(url));
    expect((await readErrorBody(answer)).toString()).toBe('{"error":');
  });
});
