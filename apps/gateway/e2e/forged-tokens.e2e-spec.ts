import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freshDir } from '@higress/testing';
import { base64url, decodeJwt, decodeProtectedHeader, exportJWK, SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { type House, openHouse } from './open-house';

type Pair = Readonly<{ access_token: string; refresh_token: string }>;

const pem = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('a token that is not what it says', () => {
  const { privateKey, publicKey } = pem();
  const stranger = pem();
  let house: House;
  let pair: Pair;
  let claims: JWTPayload;
  let kid: string;

  const signIn = async () => (await (await house.post('/api/v1/auth/login', { email: 'owner@example.test', password: 'owner-password-for-tests' })).json()) as Pair;
  const statuses = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const paths = [['GET', '/api/v1/auth/me'], ['GET', '/api/v1/keys'], ['GET', '/internal/v1/models']] as const;
    return Promise.all(house.gateways.flatMap(({ url }) => paths.map(async ([method, path]) => (await fetch(url + path, { method, headers })).status)));
  };
  const forge = (header: JWTHeaderParameters, more: JWTPayload = {}, key: Parameters<SignJWT['sign']>[0] = privateKey) => new SignJWT({ ...claims, ...more }).setProtectedHeader(header).sign(key);
  const header = (more: object = {}) => ({ alg: 'RS256', kid, typ: 'JWT', ...more });
  const everywhere = (status: number) => Array.from({ length: 6 }, () => status);

  beforeAll(async () => {
    const dir = freshDir('jwt');
    const [privatePath, publicPath] = [join(dir, 'private.pem'), join(dir, 'public.pem')];
    writeFileSync(privatePath, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(publicPath, publicKey.export({ type: 'spki', format: 'pem' }));
    house = await openHouse({ gateways: 2, env: { JWT_PRIVATE_KEY_PATH: privatePath, JWT_PUBLIC_KEY_PATH: publicPath, RATE_LIMIT_IP_RPM: '0' } });
    pair = await signIn();
    claims = decodeJwt(pair.access_token);
    kid = String(decodeProtectedHeader(pair.access_token).kid);
  });
  afterAll(() => house.close());

  it('is told from one that is, which every pod takes', async () => {
    expect(await statuses(pair.access_token)).toEqual(everywhere(200));
    expect(await statuses(await forge(header()))).toEqual(everywhere(200));
  });

  it.each(['none', 'None', 'NONE'])('is refused without a signature: %s', async (alg) => {
    const unsigned = `${base64url.encode(JSON.stringify(header({ alg })))}.${base64url.encode(JSON.stringify(claims))}.`;
    expect(await statuses(unsigned)).toEqual(everywhere(401));
  });

  it('is refused when the public key is made the secret of HS256', async () => {
    const jwks = (await (await fetch(`${house.gateway.url}/.well-known/jwks.json`)).json()) as { keys: object[] };
    const secrets = [publicKey.export({ type: 'spki', format: 'pem' }), publicKey.export({ type: 'pkcs1', format: 'pem' }), JSON.stringify(jwks.keys[0]), house.gateway.env['JWT_SECRET_KEY'] as string];
    for (const secret of secrets) expect(await statuses(await forge(header({ alg: 'HS256' }), {}, new TextEncoder().encode(String(secret))))).toEqual(everywhere(401));
  });

  it('is refused when it brings its own key, or says where to fetch it', async () => {
    const jwk = await exportJWK(createPublicKey(stranger.privateKey));
    for (const more of [{ jwk }, { jku: `${house.upstream.url}/jwks.json` }, { x5u: `${house.upstream.url}/cert.pem` }, { kid: randomUUID() }, { kid: '../../../dev/null' }, { kid: "' or 1=1 --" }, {}])
      expect(await statuses(await forge(header(more), {}, stranger.privateKey))).toEqual(everywhere(401));
    expect(house.upstream.calls).toHaveLength(0);
  });

  it('is refused for another audience or issuer, after its end, before its beginning, without an end, and for another purpose', async () => {
    const now = Math.floor(Date.now() / 1000);
    const wrong: JWTPayload[] = [{ aud: 'another' }, { iss: 'another' }, { exp: now - 1 }, { nbf: now + 600 }, { exp: undefined }, { sid: randomUUID() }, { sub: randomUUID() }, { typ: 'refresh' }, { sid: undefined }, { jti: undefined }];
    for (const more of wrong) expect([more, await statuses(await forge(header(), more))]).toEqual([more, everywhere(401)]);
  });

  it('gives no role by saying so', async () => {
    const [tenant] = await house.sql<{ id: string }>(`select id from tenants where name = 'acme'`);
    const made = (await (await house.post('/api/v1/users', { tenant_id: tenant?.id, email: 'member@example.test', password: 'a long enough password' }, { authorization: `Bearer ${pair.access_token}` })).json()) as { id: string };
    const member = (await (await house.post('/api/v1/auth/login', { email: 'member@example.test', password: 'a long enough password' })).json()) as Pair;
    const boasting = await new SignJWT({ ...decodeJwt(member.access_token), roles: ['owner'], tid: randomUUID() }).setProtectedHeader(header()).sign(privateKey);
    for (const { url } of house.gateways) {
      expect(await (await fetch(`${url}/api/v1/auth/me`, { headers: { authorization: `Bearer ${boasting}` } })).json()).toMatchObject({ id: made.id, roles: ['member'], tenant_id: tenant?.id });
      expect((await fetch(`${url}/api/v1/tenants`, { headers: { authorization: `Bearer ${boasting}` } })).status).toBe(403);
    }
  });

  it('is refused when it is a refresh token, and after logging out on whichever pod', async () => {
    const session = await signIn();
    expect(await statuses(session.refresh_token)).toEqual(everywhere(401));
    expect(await statuses(session.access_token)).toEqual(everywhere(200));
    const out = await house.post('/api/v1/auth/logout', {}, { authorization: `Bearer ${session.access_token}` }, house.gateways[1]);
    expect(out.status).toBe(204);
    await eventually('the end of it', async () => (await statuses(session.access_token)).every((status) => status === 401), 1000);
    for (const gateway of house.gateways) expect((await house.post('/api/v1/auth/refresh', { refresh_token: session.refresh_token }, {}, gateway)).status).toBe(401);
  });

  it('ends the whole session when it is a refresh token that came twice, on whichever pods', async () => {
    const session = await signIn();
    const as = (agent: string, token: string, at: number) => house.post('/api/v1/auth/refresh', { refresh_token: token }, { 'user-agent': agent }, house.gateways[at]);
    const next = (await (await as('owner', session.refresh_token, 0)).json()) as Pair;
    const again = await as('owner', session.refresh_token, 1);
    expect([again.status, ((await again.json()) as Pair).refresh_token]).toEqual([200, next.refresh_token]);
    expect((await as('thief', session.refresh_token, 1)).status).toBe(401);
    expect((await as('owner', next.refresh_token, 0)).status).toBe(401);
    await eventually('the end of it', async () => (await statuses(next.access_token)).every((status) => status === 401), 1000);
  });

  it('shows no password and no token in any log', async () => {
    await house.post('/api/v1/auth/login', { email: 'canary-of-an-address', password: 'canary-of-a-password' });
    await house.post('/api/v1/auth/login', '{"email": "canary-of-an-address", "password": "canary-of-a-password"');
    await house.post('/api/v1/auth/password/reset', { reset_token: 'pr_canary-of-a-reset', new_password: 'canary-of-a-password' });
    await fetch(`${house.gateway.url}/api/v1/auth/me`, { headers: { authorization: 'Bearer canary-of-a-token' } });
    const logs = house.gateways.map((gateway) => gateway.log()).join('\n');
    for (const secret of ['canary-of', pair.access_token, pair.refresh_token, 'owner-password-for-tests']) expect(logs).not.toContain(secret);
    const audit = JSON.stringify(await house.sql('select a::text from audit_entries a'));
    expect(audit).not.toContain('canary-of');
  });
});
