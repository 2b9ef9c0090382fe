import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Upstream } from '../index';
import { aCall } from './fixtures/a-call';
import { chunk, CHUNKED, failure, LOOPBACK, rawUpstream, readToEnd, whole } from './fixtures/raw-upstream';

const { upstream, serve } = rawUpstream();

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
