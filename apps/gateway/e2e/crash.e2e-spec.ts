import { startGateway } from '@higress/testing';
import { type House, openHouse } from './open-house';

/** A gateway that is killed with streams open: the charge of each is made once, by its spool or by the reaper, and every account balances. */
describe('kill -9', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ tenant: { billing: 'prepaid', opening_credit_usd: '100' } });
  });
  afterAll(() => house.close());

  const ROUNDS = 10;
  const BOOK = `
    select a.posted_nano = (select coalesce(sum(amount_nano), 0) from ledger_entries l where l.tenant_id = a.tenant_id) as posted_is_the_ledger,
           a.held_nano = (select coalesce(sum(amount_nano), 0) from holds h where h.tenant_id = a.tenant_id) as held_is_the_holds,
           a.posted_nano - a.held_nano >= 0 as covered
      from accounts a`;

  it('leaves one usage row for each answered call, whatever moment it comes at, and balanced accounts', async () => {
    const finished = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      house.upstream.reset();
      house.upstream.always({ text: Array<string>(40).fill('word '), chunkDelayMs: 2 + round });
      const gateway = await startGateway({ ...house.env, SPOOL_DIR: house.gateway.env.SPOOL_DIR as string });
      const streams = Array.from({ length: 50 }, async () => {
        const answer = await house.post('/v1/chat/completions', { model: 'fake', stream: true, max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] }, {}, gateway);
        const text = await answer.text();
        if (text.includes('[DONE]')) finished.add(answer.headers.get('x-request-id') as string);
      });
      await house.upstream.call(Math.min(49, 5 * round + 4));
      await gateway.kill();
      await Promise.allSettled(streams);
    }
    // What was open is charged when its hold has lapsed: the reaper is asked to look from then.
    await house.sql(`update holds set expires_at = now() - interval '1 second'`);
    const restarted = await startGateway({ ...house.env, SPOOL_DIR: house.gateway.env.SPOOL_DIR as string });
    await house.eventually<{ n: number }>(`select count(*)::int as n from usage_records where status = 200`, ([row]) => (row?.n ?? 0) >= finished.size);
    await house.sql(`select * from billing_reap(1000, interval '0 s')`);
    const rows = await house.sql<{ id: string; n: number }>('select id, count(*)::int as n from usage_records group by id');
    expect(rows.every(({ n }) => n === 1)).toBe(true);
    const recorded = new Set(rows.map(({ id }) => id));
    expect([...finished].filter((id) => !recorded.has(id))).toEqual([]);
    expect(await house.sql(BOOK)).toEqual(expect.arrayContaining([{ posted_is_the_ledger: true, held_is_the_holds: true, covered: true }]));
    expect(await house.sql(`${BOOK} where a.held_nano <> 0`)).toEqual([]);
    await restarted.kill();
  }, 300_000);
});
