import { type House, openHouse } from './open-house';

/** What passes from one side to the other is named; everything else stays where it came from. */
describe('headers', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());
  beforeEach(() => house.upstream.reset());

  const CLIENTS = {
    cookie: 'session=1',
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'for=10.0.0.1',
    via: '1.1 proxy',
    'x-real-ip': '10.0.0.1',
    'x-api-key': 'sk-other',
    'x-request-id': 'mine',
    'openai-organization': 'org-mine',
    'user-agent': 'mine/1',
    'accept-language': 'de',
    referer: 'https://intranet.example/',
    'x-anything': '1',
  };
  const PROVIDERS = {
    'set-cookie': 'a=b',
    server: 'provider/1',
    via: '1.1 provider',
    'x-powered-by': 'provider',
    'openai-organization': 'org-of-ours',
    'openai-processing-ms': '12',
    'openai-version': 'secret',
    'x-ratelimit-remaining-requests': '3',
    'x-envoy-upstream-service-time': '1',
    'cf-ray': '1',
    'alt-svc': 'h3=":443"',
    'strict-transport-security': 'max-age=1',
    'access-control-allow-origin': '*',
    location: 'https://provider.example/',
    'x-anything': '1',
  };

  it.each([false, true])('of the client never reach the provider, and the provider’s never the client (stream: %s)', async (stream) => {
    house.upstream.always({ headers: PROVIDERS });
    const answer = await house.post('/v1/chat/completions', { model: 'fake', stream, messages: [{ role: 'user', content: 'Hi' }] }, CLIENTS);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).not.toContain('gateway');
    const sent = house.upstream.calls[0]?.headers ?? {};
    expect(Object.keys(sent).sort()).toEqual(['accept-encoding', 'authorization', 'connection', 'content-length', 'content-type', 'host', 'user-agent']);
    expect(sent).toMatchObject({ authorization: 'Bearer credential-of-first', 'accept-encoding': 'identity', 'user-agent': 'ai-higress-gateway' });
    const names = [...answer.headers.keys()].filter((name) => !['date', 'connection', 'keep-alive'].includes(name));
    expect(names.sort()).toEqual(stream ? ['cache-control', 'content-type', 'transfer-encoding', 'x-accel-buffering', 'x-request-id'] : ['content-length', 'content-type', 'x-request-id']);
  });

  it('of a refusal tell nothing of the provider either', async () => {
    house.upstream.always({ status: 400, headers: PROVIDERS, body: { error: { message: 'No.', type: 'invalid_request_error', param: null, code: null } } });
    const answer = await house.chat('Hi');
    expect(answer.status).toBe(400);
    const names = [...answer.headers.keys()].filter((name) => !['date', 'connection', 'keep-alive'].includes(name));
    expect(names.sort()).toEqual(['content-length', 'content-type', 'x-request-id', 'x-should-retry']);
  });
});
