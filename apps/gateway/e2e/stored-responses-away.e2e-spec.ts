import { faultProxy, type FaultProxy, freshDatabase, type FreshDatabase } from '@higress/testing';
import OpenAI from 'openai';
import { type House, openHouse } from './open-house';

/** An answer does not wait for the place where it is kept: it leaves, and says truly whether it can be asked for later. */
describe('responses, while the place where they are kept is away', () => {
  let database: FreshDatabase;
  let proxy: FaultProxy;
  let house: House;

  beforeAll(async () => {
    database = await freshDatabase();
    proxy = await faultProxy({ target: database.url });
    house = await openHouse({ databaseUrl: proxy.url });
    await house.openai.responses.create({ model: 'fake', input: 'Hi' });
  });
  afterAll(async () => {
    proxy.set({});
    await house.close();
    await proxy.close();
    await database.drop();
  });
  const notKept = async () => {
    const metrics = await (await fetch(`${house.gateway.url}/metrics`)).text();
    return Object.fromEntries([...metrics.matchAll(/^gateway_responses_not_kept_total\{why="(\w+)"[^}]*\} (\d+)/gm)].map(([, why, count]) => [why as string, Number(count)]));
  };

  it('are given after a second, whole and streamed, and say that they are not kept', async () => {
    const first = await house.openai.responses.create({ model: 'fake', input: 'Hi' });
    expect(first).toMatchObject({ store: true });
    proxy.set({ blackHole: true });
    const whole = await house.openai.responses.create({ model: 'fake', input: 'Hi' });
    expect(whole).toMatchObject({ status: 'completed', store: false });
    const streamed = await house.openai.responses.stream({ model: 'fake', input: 'Hi' }).finalResponse();
    expect(streamed).toMatchObject({ status: 'completed', store: false });
    await expect(house.openai.responses.create({ model: 'fake', input: 'Hi', previous_response_id: first.id })).rejects.toThrow(OpenAI.InternalServerError);
    proxy.set({});
    proxy.cut();
    const { slow = 0, away = 0 } = await notKept();
    expect(slow + away).toBe(2);
    for (const id of [whole.id, streamed.id]) {
      for (let tries = 0; tries < 100; tries++) {
        const status = await house.openai.responses.retrieve(id).then(() => 200, (error: { status: number }) => error.status);
        if (status === 404) break;
        if (tries === 99) throw new Error(`${id} is there after all: ${status}`);
      }
    }
    expect(await house.openai.responses.retrieve(first.id)).toMatchObject({ id: first.id });
    const after = await house.openai.responses.create({ model: 'fake', input: 'Hi', previous_response_id: first.id });
    expect(after).toMatchObject({ store: true, previous_response_id: first.id });
  });
});

it('a gateway that is to keep none keeps none, and says so', async () => {
  const house = await openHouse({ env: { RESPONSES_RETENTION_DAYS: '0' } });
  try {
    const answer = await house.openai.responses.create({ model: 'fake', input: 'Hi', store: true });
    expect(answer).toMatchObject({ store: false });
    await expect(house.openai.responses.retrieve(answer.id)).rejects.toThrow(OpenAI.NotFoundError);
    await expect(house.openai.responses.create({ model: 'fake', input: 'Hi', previous_response_id: answer.id })).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
    expect(await house.sql('select 1 from stored_responses')).toEqual([]);
  } finally {
    await house.close();
  }
});
