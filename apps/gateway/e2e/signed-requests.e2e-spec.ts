import { eventually, faultProxy, type FaultProxy, redisUrl } from '@higress/testing';
import { asOwner, type Owner } from './as-owner';
import { type House, openHouse } from './open-house';
import { BODY, type Pair, sendSigned, type Sent, sign } from './signed-call';

/** Requests that are signed, as a client would sign them after reading the documentation, and as somebody would who has seen one. */
describe('a key that demands signatures', () => {
  let house: House;
  let owner: Owner;
  let redis: FaultProxy;
  let pair: Pair;
  const send = (call: Sent, at = house.gateway) => sendSigned(call, at);

  beforeAll(async () => {
    redis = await faultProxy({ target: redisUrl() });
    // The cache is left alone: only what must not be lost goes away.
    house = await openHouse({ gateways: 2, redisUrl: redisUrl(), env: { QUEUE_REDIS_URL: redis.url } });
    owner = await asOwner(house.gateway);
    const [{ id } = { id: '' }] = await house.sql<{ id: string }>(`select id from tenants where name = 'acme'`);
    pair = (await owner<Pair>('POST', 'keys', { body: { tenant_id: id, name: 'signed', signing: 'required', limits: { unlimited: true } } })).body;
    expect(pair.signing_secret).toMatch(/^[0-9A-Za-z]{43}$/);
  });
  afterAll(async () => {
    await house.close();
    await redis.close();
  });

  it('lets a signed request through once, at whichever gateway', async () => {
    const call = sign(pair);
    expect(await send(call)).toBe('ok');
    for (const gateway of house.gateways) expect(await send(call, gateway)).toBe('401 NONCE_REUSED');
    expect(await send(sign(pair, { target: '/v1/chat/completions?a=b&a=c' }))).toBe('ok');
    expect(await send(sign(pair, { method: 'GET', target: '/v1/models', body: Buffer.alloc(0) }))).toBe('ok');
  });

  it('refuses it when anything of it was changed on the way', async () => {
    const call = sign(pair);
    const flipped = Buffer.from(call.body);
    flipped[10] = (flipped[10] as number) ^ 1;
    const reformatted = Buffer.from(JSON.stringify(JSON.parse(BODY.toString()), null, 1));
    for (const changed of [{ body: flipped }, { body: reformatted }, { body: Buffer.concat([BODY, Buffer.from('\n')]) }, { target: '/v1/embeddings' }, { target: '/v1/chat/completions?' }, { target: '/v1//chat/completions' }] as const) {
      const outcome = await send({ ...call, ...changed });
      expect(['401 INVALID_SIGNATURE', '404 NOT_FOUND']).toContain(outcome);
    }
    const get = sign(pair, { method: 'GET', target: '/v1/models', body: Buffer.alloc(0) });
    expect(await send({ ...get, method: 'POST', target: '/v1/chat/completions' })).toBe('401 INVALID_SIGNATURE');
    expect(await send(sign({ ...pair, signing_secret: pair.key }))).toBe('401 INVALID_SIGNATURE');
    expect(await send(call)).toBe('ok');
  });

  it('refuses what is too old or too new, and what is not signed at all', async () => {
    for (const offSeconds of [-302, 302]) expect(await send(sign(pair, { offSeconds }))).toBe('401 TIMESTAMP_EXPIRED');
    for (const offSeconds of [-298, 298]) expect(await send(sign(pair, { offSeconds }))).toBe('ok');
    const { headers, ...call } = sign(pair);
    expect(await send({ ...call, headers: { 'X-API-Key': pair.key } })).toBe('401 INVALID_SIGNATURE');
    expect(await send({ ...call, headers: { authorization: `Bearer ${pair.key}` } })).toBe('401 INVALID_SIGNATURE');
    expect(await send({ ...call, headers: { ...headers, 'X-API-Key': `${pair.key.slice(0, -1)}${pair.key.endsWith('a') ? 'b' : 'a'}` } })).toBe('401 INVALID_API_KEY');
    expect(await send({ ...call, headers })).toBe('ok');
  });

  it('keeps the old secret and its signing secret together while it is rotated', async () => {
    const second = (await owner<Pair>('POST', `keys/${pair.id}/rotate?grace_period_hours=1`)).body;
    expect(second.signing_secret).not.toBe(pair.signing_secret);
    for (const one of [pair, second]) expect(await send(sign(one))).toBe('ok');
    expect(await send(sign({ key: pair.key, signing_secret: second.signing_secret }))).toBe('401 INVALID_SIGNATURE');
    expect(await send(sign({ key: second.key, signing_secret: pair.signing_secret }))).toBe('401 INVALID_SIGNATURE');
    pair = { ...second, id: pair.id };
  });

  it('begins and ends to demand them on every gateway within a second', async () => {
    const { id, key } = (await owner<Pair>('POST', `keys`, { body: { tenant_id: (await owner<{ tenant_id: string }>('GET', `keys/${pair.id}`)).body.tenant_id, name: 'later', limits: { unlimited: true } } })).body;
    const plain = { method: 'POST', target: '/v1/chat/completions', body: BODY, headers: { 'X-API-Key': key } };
    for (const gateway of house.gateways) expect(await send(plain, gateway)).toBe('ok');
    const { signing_secret } = (await owner<Pair>('PATCH', `keys/${id}`, { body: { signing: 'required' } })).body;
    for (const gateway of house.gateways) {
      await eventually('the demand', async () => (await send(plain, gateway)) === '401 INVALID_SIGNATURE', 1000);
      expect(await send(sign({ key, signing_secret }), gateway)).toBe('ok');
    }
    expect((await owner('PATCH', `keys/${id}`, { body: { signing: 'required' } })).text).not.toContain('signing_secret');
    await owner('PATCH', `keys/${id}`, { body: { signing: 'off' } });
    for (const gateway of house.gateways) await eventually('its end', async () => (await send(plain, gateway)) === 'ok', 1000);
  });

  it('lets nothing through while nobody can tell what is a replay', async () => {
    const call = sign(pair);
    expect(await send(call)).toBe('ok');
    await redis.shut();
    expect(await send(sign(pair))).toBe('503 NOT_READY');
    expect(await send(call)).toBe('503 NOT_READY');
    expect(await send({ ...call, body: Buffer.from('{}') })).toBe('401 INVALID_SIGNATURE');
    expect((await house.chat('Hi')).status).toBe(200);
    await redis.open();
    await eventually('its return', async () => (await send(sign(pair))) === 'ok', 5000);
    expect(await send(call)).toBe('401 NONCE_REUSED');
  });
});
