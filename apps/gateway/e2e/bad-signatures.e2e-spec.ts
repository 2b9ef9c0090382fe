import { createHash } from 'node:crypto';
import { asOwner } from './as-owner';
import { type House, openHouse } from './open-house';
import { type Pair, sendSigned, sign } from './signed-call';

/** Somebody who knows a key and not its signing secret can neither use it nor stop it. */
describe('bad signatures', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ env: { RATE_LIMIT_IP_RPM: '150' } });
  });
  afterAll(() => house.close());

  it('leave the key working, and slow down whoever sends them', async () => {
    const owner = await asOwner(house.gateway);
    const [{ id } = { id: '' }] = await house.sql<{ id: string }>(`select id from tenants where name = 'acme'`);
    const pair = (await owner<Pair>('POST', 'keys', { body: { tenant_id: id, name: 'signed', signing: 'required', limits: { unlimited: true } } })).body;
    const good = sign(pair);
    expect(await sendSigned(sign(pair), house.gateway)).toBe('ok');
    const outcomes: string[] = [];
    for (let n = 0; n < 200; n++) outcomes.push(await sendSigned({ ...good, headers: { ...good.headers, 'X-Signature': createHash('sha256').update(String(n)).digest('hex') } }, house.gateway));
    expect(outcomes.slice(0, 100)).toEqual(Array(100).fill('401 INVALID_SIGNATURE'));
    expect(outcomes.at(-1)).toBe('429 RATE_LIMIT_RPM');
    expect(await sendSigned(good, house.gateway)).toBe('ok');
    expect((await owner('GET', `keys/${pair.id}`)).body).toMatchObject({ status: 'active' });
  });
});
