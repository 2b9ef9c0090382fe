import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { dnsServer, type DnsServer, eventually } from '@higress/testing';
import { asOwner, type Owner } from './as-owner';
import { type House, openHouse } from './open-house';

/** Where the canary listens. The providers of a house are on 127.0.0.1, which is allowed here; nothing else that is private is. */
const CANARY = '127.0.0.2';
const SPELLINGS = [
  CANARY, '127.0.2', '127.2', '2130706434', '0x7f000002', '0x7f.2', '0177.0.0.2', '017700000002', '127.0.0.2.', '１２７.０.０.２', '127。0。0。2', '%31%32%37.0.0.2',
  '[::ffff:127.0.0.2]', '[::ffff:7f00:2]', '[0:0:0:0:0:ffff:7f00:2]', '[::127.0.0.2]', '[::ffff:0:7f00:2]', '[64:ff9b::7f00:2]', '[64:ff9b:1::7f00:2]', '[2002:7f00:2::]', '[2002:7f00:0002::1]',
];
const ELSEWHERE = ['169.254.169.254', '2852039166', '[::ffff:a9fe:a9fe]', '[2002:a9fe:a9fe::1]', 'metadata.google.internal', '10.0.0.1', '192.168.0.1', '100.100.100.200', '168.63.129.16', '0.0.0.0', '[::]', '[fd00:ec2::254]', '[fe80::1]'];
const PUBLIC = '93.184.216.34';

/** Nobody who may edit providers, or who owns a name or a server, can make a gateway connect to what it must not. */
describe('a destination that is not allowed', () => {
  let house: House;
  let owner: Owner;
  let names: DnsServer;
  let canary: Server;
  let connections = 0;
  const saved = (host: string) => owner('POST', 'providers', { body: { name: randomUUID(), dialect: 'openai', base_url: `http://${host}:${house.upstream.port}/v1`, credentials: [{ value: 'canary' }] } });
  const call = (model: string) => house.post('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }] });
  const refusal = async (answer: Response) => [answer.status, ((await answer.json()) as { error: { gateway_code?: string; code: string } }).error.code];
  const aModelAt = async (host: string) => {
    const provider = (await saved(host)).body['id'];
    const model = `at-${randomUUID()}`;
    await owner('POST', 'models', { body: { name: model } });
    expect((await owner('POST', 'deployments', { body: { model, provider_id: provider, upstream_model: 'm', price: 'free' } })).status).toBe(201);
    return { model, provider };
  };

  beforeAll(async () => {
    names = await dnsServer();
    house = await openHouse({ env: { OUTBOUND_PRIVATE_ALLOW: '127.0.0.1/32', NODE_OPTIONS: `--require=${join(__dirname, 'fixtures/resolve-through.cjs')}`, DNS_PORT: String(names.port) } });
    canary = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await once(canary.listen(house.upstream.port, CANARY), 'listening');
    owner = await asOwner(house.gateway);
  });
  beforeEach(() => house.upstream.reset());
  afterEach(() => expect(connections).toBe(0));
  afterAll(async () => {
    canary.close();
    await house.close();
    await names.close();
  });

  it('is refused in every spelling when it is saved, new or as a change', async () => {
    const { body } = await owner('POST', 'providers', { body: { name: 'changed', dialect: 'openai', base_url: house.upstream.url } });
    for (const host of [...SPELLINGS, ...ELSEWHERE]) {
      expect([host, await saved(host)]).toMatchObject([host, { status: 422, body: { code: 'VALIDATION_FAILED', details: [{ path: 'base_url' }] } }]);
      expect((await owner('PATCH', `providers/${String(body['id'])}`, { body: { base_url: `http://${host}:${house.upstream.port}/v1` } })).status).toBe(422);
    }
    expect((await owner('GET', `providers/${String(body['id'])}`)).body).toMatchObject({ base_url: house.upstream.url });
  });

  it('is refused in every spelling when it is called, whoever put it there', async () => {
    const models = new Map([...SPELLINGS, ...ELSEWHERE].map((host) => [host, `call-${randomUUID()}`]));
    for (const [host, model] of models) {
      const [provider, id] = [randomUUID(), randomUUID()];
      await house.sql(`insert into providers (id, name, dialect, base_url) values ($1, $2, 'openai', $3)`, [provider, model, `http://${host}:${house.upstream.port}/v1`]);
      await house.sql('insert into models (id, name) values ($1, $2)', [id, model]);
      await house.sql(`insert into deployments (id, model_id, provider_id, upstream_model) values ($1, $1, $2, 'm')`, [id, provider]);
      await house.sql('insert into prices (id, deployment_id, free) values ($1, $1, true)', [id]);
    }
    const last = [...models.values()].at(-1) as string;
    await eventually('the models', async () => (await call(last)).status !== 404, 5000);
    for (const [host, model] of models) {
      expect([host, ...(await refusal(await call(model)))]).toEqual([host, 503, 'NO_AVAILABLE_UPSTREAM']);
      const [{ id } = { id: '' }] = await house.sql<{ id: string }>('select id from providers where name = $1', [model]);
      expect(await owner('POST', `providers/${id}/test`)).toMatchObject({ status: 200, body: { ok: false, results: [{ error: { code: 'NO_AVAILABLE_UPSTREAM' } }] } });
    }
  });

  it('is refused behind a name: when it is saved, and when the name leads there later', async () => {
    for (const [name, addresses] of [['inside.test', [CANARY]], ['mixed.test', [PUBLIC, CANARY]], ['mapped.test', [`::ffff:${CANARY}`]], ['sixtofour.test', ['2002:7f00:2::']]] as const) {
      names.answer(name, () => addresses);
      expect([name, (await saved(name)).status]).toEqual([name, 422]);
    }
    names.answer('rebinding.test', (nth) => (nth === 0 ? [PUBLIC] : [CANARY]));
    const { model } = await aModelAt('rebinding.test');
    await eventually('calls that ask for the name again', async () => {
      expect(await refusal(await call(model))).toEqual([expect.any(Number), expect.stringMatching(/^(model_not_found|NO_AVAILABLE_UPSTREAM)$/)]);
      return names.asked('rebinding.test') > 3;
    });
    expect(await refusal(await call(model))).toEqual([503, 'NO_AVAILABLE_UPSTREAM']);
  });

  it('is not reached by a name that changes between the check and the connection: the checked address is dialled', async () => {
    names.answer('swinging.test', (nth) => (nth % 2 === 0 ? ['127.0.0.1'] : [CANARY]));
    const { model } = await aModelAt('swinging.test');
    const statuses = new Set<number>();
    await eventually('calls that were served and calls that were not', async () => {
      // Each on a connection of its own, so that the name is asked for again.
      house.upstream.always({ headers: { connection: 'close' } });
      const { status } = await call(model);
      if (status !== 404) statuses.add(status);
      return statuses.size > 1;
    });
    expect([...statuses].sort()).toEqual([200, 503]);
  });

  it('is not reached by a redirect', async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      house.upstream.always({ status, headers: { location: `http://${CANARY}:${house.upstream.port}/latest/meta-data/` } });
      expect((await call('fake')).status).toBe(502);
    }
    const [{ id } = { id: '' }] = await house.sql<{ id: string }>(`select id from providers where name = 'first'`);
    expect(await owner('POST', `providers/${id}/test`)).toMatchObject({ body: { ok: false } });
    expect(await owner('POST', `providers/${id}/models/sync`, { body: {} })).toMatchObject({ status: 502 });
  });

  it('would have been seen by the canary', async () => {
    await fetch(`http://${CANARY}:${house.upstream.port}/`).catch(() => undefined);
    expect(connections).toBe(1);
    connections = 0;
  });
});
