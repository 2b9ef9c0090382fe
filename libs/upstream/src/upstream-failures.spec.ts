import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Upstream } from '../index';
import { aCall } from './fixtures/a-call';
import { rawServer } from './fixtures/raw-server';
import { chunk, CHUNKED, failure, LOOPBACK, OK, rawUpstream, readToEnd, whole } from './fixtures/raw-upstream';

const { upstream, serve } = rawUpstream();

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
