import { randomUUID } from 'node:crypto';
import { managementApi } from '../../fixtures/management-api';

const entry = (provider: string, input: number) => ({ litellm_provider: provider, input_cost_per_token: input, output_cost_per_token: 2e-6 });

describe('list prices over HTTP', () => {
  const api = managementApi();
  const { get, post, rowsOf, aTenant, tokenOf } = api;
  const load = (body: object, query = '') => post(`prices/import${query}`, body);
  const seen = async (query: string) => rowsOf(await get(`prices/list?${query}`)).map(({ model, version, input, holds }) => [model, version, input, holds]);

  beforeAll(async () => {
    await load({ a: entry('openai', 1e-6), b: entry('openai', 1e-6), c: entry('mistral', 1e-6) }, '?source=first');
    await load({ a: entry('openai', 2e-6), b: entry('openai', 1e-6) }, '?source=second');
    await load({ a: entry('openai', 3e-6) }, '?source=third&valid_from=2999-01-01T00:00:00Z');
  });

  it('are there version by version, with where they came from and what holds now', async () => {
    const [first] = rowsOf(await get('prices/list?model=b'));
    expect(first).toEqual({
      id: expect.any(String), provider: 'openai', model: 'b', version: 1, holds: true, source: 'first', valid_from: expect.stringMatching(/Z$/), input: '1', output: '2', cached_input: null, cache_write: null,
      reasoning: null, per_request: null, per_image: null, per_second: null, per_character: null, per_search: null, long_cache_write: null, audio_input: null, audio_output: null, image_input: null,
      image_output: null, created_at: expect.stringMatching(/Z$/),
    });
    expect((await get(`prices/list/${String(first?.['id'])}`)).body).toEqual(first);
    expect(await seen('provider=openai')).toEqual([['a', 3, '3', false], ['a', 2, '2', true], ['a', 1, '1', false], ['b', 1, '1', true]]);
    expect(await seen('holds=true')).toEqual([['c', 1, '1', true], ['a', 2, '2', true], ['b', 1, '1', true]]);
    expect(await seen('holds=false&model=a')).toEqual([['a', 3, '3', false], ['a', 1, '1', false]]);
    expect(await seen('source=second')).toEqual([['a', 2, '2', true]]);
    expect(await seen('provider=nobody')).toEqual([]);
  });

  it('come page by page, without repeats or gaps', async () => {
    const models: unknown[] = [];
    for (let cursor = ''; ; ) {
      const page = await get(`prices/list?limit=2${cursor && `&cursor=${cursor}`}`);
      models.push(...rowsOf(page).map(({ model, version }) => `${String(model)}${String(version)}`));
      cursor = (page.body['next_cursor'] as string | null) ?? '';
      if (!cursor) break;
    }
    expect(models).toEqual(['c1', 'a3', 'a2', 'a1', 'b1']);
    expect(rowsOf(await get(`prices/list?cursor=${randomUUID()}`))).toEqual([]);
    for (const wrong of ['cursor=x', 'limit=0', 'colour=red', 'holds=maybe']) expect((await get(`prices/list?${wrong}`)).status).toBe(422);
  });

  it('are for owners, and answer 404 for what is not there', async () => {
    for (const id of [randomUUID(), 'none']) expect((await get(`prices/list/${id}`)).status).toBe(404);
    const admin = await tokenOf((await aTenant()).id, 'admin');
    for (const url of ['prices/list', `prices/list/${randomUUID()}`]) expect((await get(url, admin)).status).toBe(403);
  });
});
