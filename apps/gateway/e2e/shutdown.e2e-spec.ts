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
});
