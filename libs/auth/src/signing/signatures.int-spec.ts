import { randomBytes, randomUUID } from 'node:crypto';
import { Sealer } from '@higress/database';
import { NO_LIMITS } from '@higress/kernel';
import { openRedis, type RedisConnection } from '@higress/redis';
import { eventually, faultProxy, redisUrl, type FaultProxy } from '@higress/testing';
import { KnownKey } from '../keys/known-key';
import { signingSecretPlace } from '../keys/signing-secret-place';
import { Nonces } from './nonces';
import { requestSignature } from './request-signature';
import { Signatures } from './signatures';
import type { SignedRequest } from './signed-request';

const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const SECRET = 'the-signing-secret';
const BODY = Buffer.from('{"model":"fake","messages":[]}');

function aKey(secret: string | null = SECRET): KnownKey {
  const keyId = randomUUID();
  return new KnownKey({
    keyId, prefix: 'sk-abcde', status: 'active', expiresAtMs: null, models: null, endpoints: null, allowedIps: null, limits: NO_LIMITS, signing: 'required', cache: 'off', budgeted: false, tags: {}, tenantId: randomUUID(),
    tenantStatus: 'active', billing: 'internal', tenantLimits: NO_LIMITS, signingSecretSealed: secret && sealer.seal(secret, signingSecretPlace(keyId)).toString('base64'),
  });
}

describe('signed requests', () => {
  let proxy: FaultProxy;
  let redis: RedisConnection;
  let prefix: string;
  let nowMs: number;
  let signatures: Signatures;

  beforeAll(async () => {
    proxy = await faultProxy({ target: redisUrl() });
    redis = openRedis(proxy.url, { role: 'request', name: 'spec' });
    await eventually('Redis', () => redis.status === 'ready');
  });
  beforeEach(() => {
    nowMs = Date.now();
    prefix = `spec:${randomUUID()}:`;
    signatures = new Signatures({ nonces: new Nonces(redis, prefix), sealer, clock: () => nowMs });
  });
  afterAll(async () => {
    redis.disconnect();
    await proxy.close();
  });

  const signed = ({ at = Math.floor(nowMs / 1000), nonce = randomUUID(), secret = SECRET, body = BODY as Buffer, ...change }: { at?: number | string; nonce?: string; secret?: string } & Partial<SignedRequest> = {}): SignedRequest & { body: Buffer } => {
    const request = { method: 'POST', target: '/v1/chat/completions', body: body as Buffer, ...change };
    const signature = requestSignature(Buffer.from(secret), String(at), nonce, request).toString('hex');
    return { ...request, headers: { 'x-timestamp': String(at), 'x-nonce': nonce, 'x-signature': signature, ...change.headers } };
  };
  const outcome = (key: KnownKey, request: SignedRequest) => signatures.verify(key, request).then(() => 'ok', (error: { code?: string }) => error.code ?? String(error));
  const noncesKept = () => redis.keys(`${prefix}*`).then((names) => names.length);

  it('are let through once', async () => {
    const key = aKey();
    const request = signed();
    expect(await outcome(key, request)).toBe('ok');
    expect(await outcome(key, request)).toBe('NONCE_REUSED');
    expect(await outcome(key, signed())).toBe('ok');
  });

  it('are let through once however many copies come at the same time', async () => {
    const key = aKey();
    const request = signed();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(key, request)));
    expect(outcomes.filter((one) => one === 'ok')).toHaveLength(1);
    expect(outcomes.filter((one) => one === 'NONCE_REUSED')).toHaveLength(49);
  });

  it('are refused with any bit of the body flipped', async () => {
    const key = aKey();
    const request = signed();
    for (let bit = 0; bit < BODY.length * 8; bit += 5) {
      const body = Buffer.from(request.body);
      body[bit >> 3] = (body[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(await outcome(key, { ...request, body })).toBe('INVALID_SIGNATURE');
    }
    expect(await outcome(key, { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) })).toBe('INVALID_SIGNATURE');
    expect(await outcome(key, request)).toBe('ok');
  });

  it('are refused under another method, path, query, timestamp, nonce, secret or key', async () => {
    const key = aKey();
    const request = signed();
    const with_ = (headers: Record<string, string>) => ({ ...request, headers: { ...request.headers, ...headers } });
    for (const other of [
      { ...request, method: 'GET' }, { ...request, target: '/v1/embeddings' }, { ...request, target: '/v1/chat/completions?x=1' }, { ...request, target: '/v1/chat%2Fcompletions' }, { ...request, target: '//v1/chat/completions' },
      with_({ 'x-timestamp': String(Math.floor(nowMs / 1000) + 1) }), with_({ 'x-timestamp': `0${Math.floor(nowMs / 1000)}` }), with_({ 'x-nonce': randomUUID() }), with_({ 'x-signature': '0'.repeat(64) }), signed({ secret: 'another' }),
    ]) expect(await outcome(key, other)).toBe('INVALID_SIGNATURE');
    expect(await outcome(aKey('of another key'), request)).toBe('INVALID_SIGNATURE');
    expect(await noncesKept()).toBe(0);
    expect(await outcome(key, request)).toBe('ok');
  });

  it('are refused without one of the fields, or with one that does not fit', async () => {
    const key = aKey();
    const { headers, ...rest } = signed();
    const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([field]) => field !== name));
    for (const name of ['x-timestamp', 'x-nonce', 'x-signature']) expect(await outcome(key, { ...rest, headers: without(name) })).toBe('INVALID_SIGNATURE');
    for (const [name, value] of [
      ['x-timestamp', ''], ['x-timestamp', 'now'], ['x-timestamp', '-5'], ['x-timestamp', '1e9'], ['x-timestamp', `${String(headers['x-timestamp'])}, 5`], ['x-timestamp', '9'.repeat(400)],
      ['x-nonce', ''], ['x-nonce', 'a b'], ['x-nonce', 'n'.repeat(129)], ['x-nonce', 'a\nb'], ['x-signature', ''], ['x-signature', 'zz'.repeat(32)], ['x-signature', String(headers['x-signature']).slice(2)], ['x-signature', `${String(headers['x-signature'])}00`],
    ] as const) expect(await outcome(key, { ...rest, headers: { ...headers, [name]: value } })).toBe('INVALID_SIGNATURE');
  });

  it('are good for 300 seconds on either side, and not for one more', async () => {
    const key = aKey();
    const now = Math.floor(nowMs / 1000);
    for (const off of [-300, 300]) expect(await outcome(key, signed({ at: now + off }))).toBe('ok');
    for (const off of [-301, 301, -100_000, 100_000]) expect(await outcome(key, signed({ at: now + off }))).toBe('TIMESTAMP_EXPIRED');
    expect(await noncesKept()).toBe(2);
  });

  it('cannot be replayed at the edge of the window: the nonce is kept for longer than the timestamp is good', async () => {
    const key = aKey();
    nowMs = Math.floor(nowMs / 1000) * 1000;
    const early = signed({ at: nowMs / 1000 + 300, nonce: 'edge' });
    expect(await outcome(key, early)).toBe('ok');
    const name = `${prefix}nonce:${key.keyId}:edge`;
    const leftMs = await redis.pttl(name);
    expect(leftMs).toBeGreaterThan(659_000);
    expect(leftMs).toBeLessThanOrEqual(660_000);
    // 601 s later, less a little: the last moment at which its timestamp is good. The nonce is aged by as much.
    nowMs += 600_999;
    await redis.pexpire(name, leftMs - 600_999);
    expect(await outcome(key, early)).toBe('NONCE_REUSED');
    nowMs += 1;
    expect(await outcome(key, early)).toBe('TIMESTAMP_EXPIRED');
  });

  it('leave the key working however many of them are bad', async () => {
    const key = aKey();
    const good = signed();
    for (let n = 0; n < 100; n++) expect(await outcome(key, { ...good, headers: { ...good.headers, 'x-signature': randomBytes(32).toString('hex') } })).toBe('INVALID_SIGNATURE');
    expect(await noncesKept()).toBe(0);
    expect(await outcome(key, good)).toBe('ok');
  });

  it('of two keys may have the same nonce', async () => {
    const request = signed();
    expect(await outcome(aKey(), request)).toBe('ok');
    expect(await outcome(aKey(), request)).toBe('ok');
  });

  it('are refused with 503 while nonces cannot be looked up, and bad ones with 401 all the same', async () => {
    const key = aKey();
    await proxy.shut();
    expect(await outcome(key, signed())).toBe('NOT_READY');
    expect(await outcome(key, signed({ secret: 'another' }))).toBe('INVALID_SIGNATURE');
    await proxy.open();
    await eventually('its return', async () => (await outcome(key, signed())) === 'ok');
    proxy.set({ blackHole: true });
    const started = performance.now();
    expect(await outcome(key, signed())).toBe('NOT_READY');
    expect(performance.now() - started).toBeLessThan(1000);
    proxy.set({});
    await eventually('its return', async () => (await outcome(key, signed())) === 'ok');
  });
});
