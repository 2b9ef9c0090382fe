import { eventually } from '@higress/testing';
import { readErrorBody } from '../index';
import { aCall } from './fixtures/a-call';
import { chunk, CHUNKED, OK, rawUpstream, readToEnd, whole } from './fixtures/raw-upstream';

const { upstream, serve } = rawUpstream();

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
