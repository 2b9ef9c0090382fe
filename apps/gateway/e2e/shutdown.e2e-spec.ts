import { eventually } from '@higress/testing';
import { connect } from 'node:net';
import { type House, openHouse } from './open-house';

/** SIGTERM with streams in flight: they end well, `/ready` turns at once, `/health` stays, and the exit is 0. */
describe('an orderly stop', () => {
  let house: House;
  afterEach(() => house.close());
  const stream = () => house.post('/v1/chat/completions', { model: 'fake', stream: true, messages: [{ role: 'user', content: 'Hi' }] });

  it('turns /ready to 503 at once, lets a stream finish, settles it and exits 0', async () => {
    house = await openHouse({ env: { SHUTDOWN_DELAY_SECONDS: '1', SHUTDOWN_GRACE_SECONDS: '20' } });
    house.upstream.next({ text: Array<string>(100).fill('word '), chunkDelayMs: 20 });
    const answer = await stream();
    const exit = house.gateway.stop();
    let ready = 200;
    while (ready === 200) ready = (await fetch(`${house.gateway.url}/ready`)).status;
    expect(ready).toBe(503);
    expect((await fetch(`${house.gateway.url}/health`)).status).toBe(200);
    const text = await answer.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(await house.sql('select status from usage_records')).toEqual([{ status: 200 }]);
  });

  it('ends what outlives the grace with an error event and a charge', async () => {
    house = await openHouse({ env: { SHUTDOWN_DELAY_SECONDS: '0', SHUTDOWN_GRACE_SECONDS: '1' } });
    house.upstream.next({ text: Array<string>(2000).fill('word '), chunkDelayMs: 20 });
    const answer = await stream();
    const exit = house.gateway.stop();
    const text = await answer.text();
    expect(text).toContain('"code":"NOT_READY"');
    expect(text).not.toContain('[DONE]');
    expect(await exit).toEqual({ code: 0, signal: null });
    const [row] = await house.sql<{ output_tokens: number; estimated: boolean }>('select output_tokens, estimated from usage_records');
    expect(Number(row?.output_tokens)).toBeGreaterThan(0);
    expect(row?.estimated).toBe(true);
  });

  it('lets a client that reads slowly have the end of its answer', async () => {
    house = await openHouse({ env: { SHUTDOWN_DELAY_SECONDS: '0', SHUTDOWN_GRACE_SECONDS: '1' } });
    house.upstream.next({ text: ['x'.repeat(100_000)], endless: true });
    const body = JSON.stringify({ model: 'fake', stream: true, messages: [{ role: 'user', content: 'Hi' }] });
    const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${house.key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    socket.pause();
    const call = await house.upstream.call(0);
    const exit = house.gateway.stop();
    await call.ended;
    let tail = '';
    for await (const part of socket.setEncoding('latin1') as AsyncIterable<string>) tail = (tail + part).slice(-1000);
    expect(tail).toContain('"code":"NOT_READY"');
    expect(tail.endsWith('\r\n0\r\n\r\n')).toBe(true);
    expect(await exit).toEqual({ code: 0, signal: null });
  });

  it('waits no longer than the grace for a client that reads nothing, and charges it', async () => {
    house = await openHouse({ env: { SHUTDOWN_DELAY_SECONDS: '0', SHUTDOWN_GRACE_SECONDS: '1' } });
    house.upstream.next({ text: ['x'.repeat(100_000)], endless: true });
    const body = JSON.stringify({ model: 'fake', stream: true, messages: [{ role: 'user', content: 'Hi' }] });
    const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${house.key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    socket.pause().on('error', () => undefined);
    const call = await house.upstream.call(0);
    await call.stalled();
    const from = performance.now();
    expect(await house.gateway.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - from).toBeLessThan(15_000);
    expect(await house.sql('select status, error_code, estimated from usage_records')).toEqual([{ status: 503, error_code: 'NOT_READY', estimated: true }]);
    socket.destroy();
  });

  it('refuses what still comes on an open connection in the form of every other error, and opens no circuit for the others', async () => {
    house = await openHouse({ gateways: 2, env: { SHUTDOWN_DELAY_SECONDS: '0', SHUTDOWN_GRACE_SECONDS: '2', CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1' } });
    house.upstream.next({ text: Array<string>(2000).fill('word '), chunkDelayMs: 10 });
    const body = JSON.stringify({ model: 'fake', stream: true, messages: [{ role: 'user', content: 'Hi' }] });
    const request = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${house.key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(request));
    await house.upstream.call(0);
    const exit = house.gateway.stop();
    await eventually('it listens no more', () => fetch(`${house.gateway.url}/health`).then(() => false, () => true));
    socket.write(request);
    let text = '';
    for await (const part of socket.setEncoding('latin1') as AsyncIterable<string>) text += part;
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
    expect(text.match(/"code":"NOT_READY"/g)).toHaveLength(2);
    expect(await exit).toEqual({ code: 0, signal: null });
    expect((await house.post('/v1/chat/completions', { model: 'fake', messages: [{ role: 'user', content: 'Hi' }] }, {}, house.gateways[1])).status).toBe(200);
  });
});
