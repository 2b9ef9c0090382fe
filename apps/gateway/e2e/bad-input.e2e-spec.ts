import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type House, openHouse } from './open-house';

/** Whatever a stranger writes gets a clear error in the caller's own dialect, never a 500, and reaches no provider. */
describe('bad input', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ env: { MAX_REQUEST_BYTES: '4096' } });
  });
  afterAll(async () => {
    expect(house.upstream.calls).toHaveLength(0);
    await house.close();
  });

  const good = { model: 'fake', messages: [{ role: 'user', content: 'x' }] };
  const deep = `{"model":"fake","messages":${'['.repeat(70)}${']'.repeat(70)}}`;

  it.each<[string, string, number, string]>([
    ['no JSON', 'hello', 400, 'INVALID_JSON'],
    ['an empty body', '', 400, 'INVALID_JSON'],
    ['an array', '[]', 400, 'INVALID_REQUEST'],
    ['deep nesting', deep, 400, 'INVALID_JSON'],
    ['a number beyond range', '{"model":"fake","messages":[{"role":"user"}],"temperature":1e999}', 400, 'INVALID_REQUEST'],
    ['__proto__', '{"model":"fake","messages":[{"role":"user","__proto__":{}}]}', 400, 'INVALID_REQUEST'],
    ['a repeated member', '{"model":"fake","model":"fake","messages":[{"role":"user"}]}', 400, 'INVALID_REQUEST'],
    ['no model', '{"messages":[{"role":"user","content":"x"}]}', 400, 'INVALID_REQUEST'],
    ['messages that are none', JSON.stringify({ ...good, messages: 'x' }), 400, 'INVALID_REQUEST'],
    ['max_tokens below 1', JSON.stringify({ ...good, max_tokens: 0 }), 400, 'INVALID_REQUEST'],
    ['max_tokens that is no number', JSON.stringify({ ...good, max_tokens: '5' }), 400, 'INVALID_REQUEST'],
    ['a stream that is no boolean', JSON.stringify({ ...good, stream: 'yes' }), 400, 'INVALID_REQUEST'],
    ['a body one byte over', `${JSON.stringify(good)}${' '.repeat(4097 - JSON.stringify(good).length)}`, 413, 'REQUEST_TOO_LARGE'],
  ])('refuses %s', async (_, body, status, code) => {
    const answer = await house.post('/v1/chat/completions', body);
    expect(answer.status).toBe(status);
    const { error } = (await answer.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ type: expect.any(String), message: expect.any(String), code, source: 'client', trace_id: answer.headers.get('x-request-id') });
  });

  it('names the setting when a body is too large', async () => {
    expect(await (await house.post('/v1/chat/completions', ' '.repeat(5000))).text()).toContain('MAX_REQUEST_BYTES');
  });

  it('refuses a compressed body and a body that is not JSON with 415', async () => {
    const headers = { authorization: `Bearer ${house.key}`, 'content-type': 'application/json' };
    const url = `${house.gateway.url}/v1/chat/completions`;
    expect((await fetch(url, { method: 'POST', headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify(good)) })).status).toBe(415);
    expect((await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'text/plain' }, body: 'x' })).status).toBe(415);
  });

  it('answers 404 and 405 in the dialect of the path', async () => {
    const nothing = await house.post('/v1/nothing', {});
    expect(nothing.status).toBe(404);
    expect(await nothing.json()).toMatchObject({ error: { code: 'NOT_FOUND', type: 'invalid_request_error' } });
    const wrong = await fetch(`${house.gateway.url}/v1/chat/completions`);
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await (await fetch(`${house.gateway.url}/api/v1/nothing`)).json()).toMatchObject({ code: 'NOT_FOUND', trace_id: expect.any(String) });
  });

  /** Everything the server says to these bytes, until it closes. */
  const raw = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(house.gateway.port, '127.0.0.1', () => socket.write(bytes));
      socket.setEncoding('latin1').on('data', (part: string) => (text += part)).on('close', () => resolve(text)).on('error', reject);
    });
  const body = JSON.stringify(good);
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\n`;

  it.each([
    ['two hosts', `${head}Host: b\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`],
    ['a length and chunks', `${head}Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a folded header', `${head}X-A: b\r\n c\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`],
    ['a bare LF', `POST /v1/chat/completions HTTP/1.1\nHost: a\n\n`],
  ])('answers %s with one 400 and closes', async (_, bytes) => {
    const answer = await raw(bytes.replace('KEY', house.key));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  it('stops reading a chunked body that is too large', async () => {
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    const answer = await raw(`${head.replace('KEY', house.key)}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});
