import { uuidv7 } from '@higress/kernel';
import { managementApi } from '../../fixtures/management-api';

describe('usage over HTTP', () => {
  const api = managementApi();
  const { get, rowsOf, aTenant, tokenOf } = api;

  it('lists, sums and exports what was used, each caller their own', async () => {
    const [mine, theirs] = [await aTenant('postpaid'), await aTenant('postpaid')];
    for (const [tenant, model, cost] of [[mine, 'big', 300], [mine, 'big', 200], [mine, '=small', 7], [theirs, 'big', 9]] as const) {
      await api.dataSource.query(
        `insert into usage_records (id, started_at, channel, tenant_id, key_id, model, dialect, stream, status, attempts, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
           estimated, clamped, cost_nano, charged_nano, uncollected_nano, tags, settled, recorded_at)
         select id, uuidv7_time(id), 'external', $2, null, $3, 'openai', false, 200, 1, 10, 0, 0, 5, 0, false, false, $4, $4, 0, '{"team": "a"}', true, now() from (select $1::uuid as id) i`,
        [uuidv7(), tenant.id, model, cost],
      );
    }
    const admin = await tokenOf(mine.id, 'admin');
    const sums = await get('usage/summary?group_by=model', admin);
    expect(rowsOf(sums)).toEqual([expect.objectContaining({ model: 'big', requests: 2, input_tokens: 20, output_tokens: 10, cost_usd: '0.0000005' }), expect.objectContaining({ model: '=small', requests: 1 })]);
    expect(rowsOf(await get(`usage/summary?group_by=day,tag&tenant_id=${theirs.id}`))).toEqual([expect.objectContaining({ day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), tag: 'team=a', requests: 1, charged_usd: '0.000000009' })]);
    expect((await get(`usage/summary?tenant_id=${theirs.id}`, admin)).status).toBe(404);
    expect((await get('usage/summary?group_by=model,shoe_size')).status).toBe(422);
    expect(rowsOf(await get('usage?model=big&tag=team%3Da', admin)).map(({ tenant_id }) => tenant_id)).toEqual([mine.id, mine.id]);
    expect(rowsOf(await get('usage?tag=team%3Db', admin))).toEqual([]);
    const part = await get('usage/summary?group_by=model&limit=1', admin);
    expect(part.body['next_cursor']).toBe('1');
    expect(rowsOf(await get('usage/summary?group_by=model&limit=1&cursor=1', admin))).toEqual([expect.objectContaining({ model: '=small' })]);

    const file = await api.inject({ url: '/api/v1/usage?format=csv&limit=1', headers: { authorization: `Bearer ${admin}` } });
    expect([file.statusCode, file.headers['content-type'], file.headers['content-disposition']]).toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename="usage.csv"']);
    const lines = file.payload.trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('id,started_at,channel,tenant_id,key_id');
    expect(lines.filter((line) => line.includes(`,'=small,`))).toHaveLength(1);
    expect(file.payload).not.toContain(theirs.id);
    expect((await api.inject({ url: '/api/v1/ledger?format=csv', headers: { authorization: `Bearer ${admin}` } })).payload).toBe('id,at,tenant_id,request_id,kind,amount_usd,balance_usd,note\r\n');
  });

  it('shows usage rows as they are documented, filtered', async () => {
    const tenant = await aTenant('postpaid');
    const keyId = uuidv7();
    const insert = (id: string, model: string) =>
      api.dataSource.query(
        `insert into usage_records (id, started_at, channel, tenant_id, key_id, model, provider, upstream_model, dialect, stream, status, attempts, input_tokens, cached_input_tokens, cache_write_tokens,
           output_tokens, reasoning_tokens, estimated, clamped, cost_nano, charged_nano, uncollected_nano, ttft_ms, duration_ms, overhead_ms, tags, settled, recorded_at)
         values ($1, uuidv7_time($1), 'external', $2, $3, $4, 'openai', 'gpt', 'openai', true, 200, 1, 10, 2, 0, 20, 5, false, false, 13500, 13500, 0, 12.5, 40, 1.5, '{"team":"a"}', true, now())`,
        [id, tenant.id, keyId, model],
      );
    const ids = [uuidv7(), uuidv7(Date.now() + 5)];
    for (const [at, id] of ids.entries()) await insert(id, `model-${at}`);
    const rows = rowsOf(await get(`usage?tenant_id=${tenant.id}`));
    expect(rows.map(({ id }) => id)).toEqual([...ids].reverse());
    expect(rows[1]).toEqual({
      id: ids[0],
      started_at: expect.stringMatching(/Z$/),
      channel: 'external',
      tenant_id: tenant.id,
      key_id: keyId,
      model: 'model-0',
      provider: 'openai',
      upstream_model: 'gpt',
      dialect: 'openai',
      stream: true,
      status: 200,
      error_code: null,
      attempts: 1,
      input_tokens: 10,
      cached_input_tokens: 2,
      output_tokens: 20,
      reasoning_tokens: 5,
      images: 0,
      audio_seconds: 0,
      characters: 0,
      searches: 0,
      estimated: false,
      cost_usd: '0.0000135',
      ttft_ms: 12.5,
      duration_ms: 40,
      overhead_ms: 1.5,
      client_request_id: null,
      tags: { team: 'a' },
    });
    const count = async (query: string) => rowsOf(await get(`usage?tenant_id=${tenant.id}&${query}`)).length;
    expect(await count('model=model-1')).toBe(1);
    expect([await count('min_cost_usd=0.0000135'), await count('min_cost_usd=0.000013501')]).toEqual([2, 0]);
    for (const wrong of ['-1', '1e3', '', 'NaN', '9999999999', '0.0000000001']) expect((await get(`usage?min_cost_usd=${wrong}`)).status).toBe(422);
    expect(await count(`key_id=${keyId}&status=200&channel=external&limit=1`)).toBe(1);
    expect(await count(`from=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).toBe(0);
    expect(await count(`to=${encodeURIComponent('2020-01-01T00:00:00+02:00')}`)).toBe(0);
  });
});
