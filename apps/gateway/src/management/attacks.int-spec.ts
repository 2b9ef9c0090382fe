import { randomUUID } from 'node:crypto';
import { eventually } from '@higress/testing';
import { managementApi, PASSWORD } from '../fixtures/management-api';

/** What somebody may send who means no good, or who slipped. */
describe('management under attack', () => {
  const api = managementApi();
  const { call, get, post, rowsOf, aTenant, tokenOf } = api;

  it('takes no amount that cannot be kept, and never answers 500', async () => {
    const { id } = await aTenant();
    const credit = (amount_usd: unknown) => post(`tenants/${id}/credits`, { amount_usd, kind: 'adjustment' }, { headers: { 'idempotency-key': randomUUID() } });
    for (const amount of ['0', '-0', '0.0', '1e400', 'NaN', 'Infinity', '+1', ' 1', '1 ', '٣', '１', '0x10', '1_000', '1,5', '.5', '5.', '0.0000000001', '9223372036854775807', '1000000000.000000001', '-1000000000.000000001', 1, null, [], {}]) {
      expect([amount, (await credit(amount)).status]).toEqual([amount, 422]);
    }
    for (let n = 0; n < 9; n++) expect((await credit('1000000000')).status).toBe(201);
    expect(await credit('1000000000')).toMatchObject({ status: 422, body: { code: 'VALIDATION_FAILED' } });
    expect((await get(`tenants/${id}/balance`)).body).toMatchObject({ posted_usd: '9000000000' });
    const provider = await post('providers', { name: randomUUID(), dialect: 'simulator' });
    const model = await post('models', { name: randomUUID() });
    const deployment = await post('deployments', { provider_id: provider.body['id'], model_id: model.body['id'], upstream_model: 'echo' });
    for (const amount of ['999999999999', '1000000.000000001', '-1', '1e400', 'NaN', '']) {
      expect([amount, (await post('prices', { deployment_id: deployment.body['id'], input: amount, output: '1' })).status]).toEqual([amount, 422]);
      expect([amount, (await post('prices', { deployment_id: deployment.body['id'], per_request: amount })).status]).toEqual([amount, 422]);
    }
    const listed = { litellm_provider: 'openai', output_cost_per_token: 1 };
    for (const cost of [1e10, 1.1, -1]) expect((await post('prices/import', { x: { ...listed, input_cost_per_token: cost } })).body).toMatchObject({ added: 0, skipped: [{ name: 'x' }] });
    const key = String((await post('keys', { tenant_id: id, name: 'k' })).body['id']);
    for (const limit of [-1, 9_007_199_254_740_993, 1e400, '99999999999999999999', '1.5', true]) {
      expect([limit, (await api.inject({ method: 'PUT', url: `/api/v1/keys/${key}/budgets`, headers: { authorization: `Bearer ${api.owner}`, 'content-type': 'application/json' }, payload: `[{"period": "daily", "unit": "tokens", "limit": ${limit === Infinity ? '1e400' : JSON.stringify(limit)}}]` })).statusCode]).toEqual([limit, 422]);
    }
    expect(rowsOf(await get(`keys/${key}/budgets`))).toEqual([]);
  });

  it('credits once whoever sends the same key, however many at once', async () => {
    const { id } = await aTenant();
    const email = `${randomUUID()}@example.com`;
    await post('users', { email, password: PASSWORD, roles: ['owner'] });
    const other = String((await post('auth/login', { email, password: PASSWORD }, { token: null })).body['access_token']);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => post(`tenants/${id}/credits`, { amount_usd: '5' }, { token: n % 2 ? other : api.owner, headers: { 'idempotency-key': 'the-same' } })));
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => ![201, 409].includes(status))).toEqual([]);
    expect((await get(`tenants/${id}/balance`)).body).toMatchObject({ posted_usd: '5' });
    expect(rowsOf(await get(`audit?tenant_id=${id}&action=tenant.credited`))).toHaveLength(1);
  });

  it('tells people apart by what can be seen of their addresses', async () => {
    const name = randomUUID().slice(0, 8);
    const make = (email: string) => post('users', { email, password: PASSWORD });
    expect((await make(`Ann.${name}@example.com`)).status).toBe(201);
    for (const email of [`ann.${name}@EXAMPLE.com`, `ａnn.${name}@example.com`, `ann.${name}＠example.com`, ` ann.${name}@example.com\u3000`, `ann.${name}@ｅxample.com`]) expect([email, (await make(email)).status]).toEqual([email, 409]);
    for (const email of [`a\u200bnn.${name}@example.com`, `a\u202enn.${name}@example.com`, `ann\u00a0x.${name}@example.com`, `ann\r\nx: y.${name}@example.com`, `ann.${name}@example.com\u0007`, 'a@@b', '@b', 'a@']) expect([email, (await make(email)).status]).toEqual([email, 422]);
    expect((await post('auth/login', { email: `ａnn.${name}＠example.com`, password: PASSWORD }, { token: null })).status).toBe(200);
  });

  it('counts guesses at an account under one spelling, whatever Postgres takes for the same', async () => {
    const name = `kim${randomUUID().slice(0, 8)}`;
    await post('users', { email: `${name}@example.com`, password: PASSWORD });
    // The sign of the kelvin, which is a small k to Postgres.
    const spellings = Array.from({ length: 8 }, (_, n) => (n % 2 ? name.toUpperCase().replace('K', '\u212a') : name));
    const codes: unknown[] = [];
    for (const spelling of spellings) codes.push((await post('auth/login', { email: `${spelling}@example.com`, password: 'wrong' }, { token: null })).body['code']);
    expect(codes.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'INVALID_TOKEN'));
    expect(codes.slice(5)).toEqual(Array.from({ length: 3 }, () => 'RATE_LIMIT_RPM'));
  });

  it('gives no cursor a power over other tenants, and takes none that is not one', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const admin = await tokenOf(mine.id, 'admin');
    const key = await post('keys', { tenant_id: theirs.id, name: 'theirs' });
    for (const list of ['keys', 'users', 'sessions', 'tenants', 'usage', 'ledger', 'audit']) {
      for (const cursor of [String(key.body['id']), theirs.id, 'ffffffff-ffff-7fff-bfff-ffffffffffff']) {
        const page = await get(`${list}?cursor=${cursor}&limit=1000`, admin);
        expect([list, page.status, JSON.stringify(page.body).includes(theirs.id)]).toEqual([list, 200, false]);
      }
      for (const cursor of ['x', '1', "' or 1=1 --", `${theirs.id}x`]) expect([list, (await get(`${list}?cursor=${encodeURIComponent(cursor)}`, admin)).status]).toEqual([list, 422]);
    }
  });

  it('ends a long export when the one who reads it is banned, loses the role or is moved away from the rows', async () => {
    const { id } = await aTenant('postpaid');
    const rows = 15_000;
    const some = (first: number, last: number) => api.dataSource.query(
      `insert into usage_records (id, started_at, channel, tenant_id, key_id, model, dialect, stream, status, attempts, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
         estimated, clamped, cost_nano, charged_nano, uncollected_nano, client_request_id, tags, settled, recorded_at)
       select gen_random_uuid(), now() - n * interval '1 second', 'external', $1, null, 'm', 'openai', false, 200, 1, 1, 0, 0, 1, 0, false, false, 1, 1, 0, repeat('x', 8000), '{}', true, now() from generate_series($2::int, $3::int) n`,
      [id, first, last],
    );
    for (let n = 1; n <= rows; n += 1_000) await some(n, n + 999);
    // More than the sockets between two processes hold: what was sent already cannot be taken back.
    await api.app.listen(0, '127.0.0.1');
    const url = await api.app.getUrl();
    const ends = [(user: string) => call('POST', `users/${user}/ban`), (user: string) => call('POST', `users/${user}/roles`, { body: { roles: ['member'] } }), (user: string) => post(`users/${user}/roles`, { roles: ['owner'] })];
    for (const end of ends) {
      const admin = await tokenOf(id, 'admin');
      const user = String((await get('auth/me', admin)).body['id']);
      const answer = await fetch(`${url}/api/v1/usage?format=csv`, { headers: { authorization: `Bearer ${admin}` } });
      expect(answer.status).toBe(200);
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      expect((await end(user)).status).toBe(200);
      await eventually('that it is felt', async () => {
        const me = await get('auth/me', admin);
        return me.status !== 200 || String(me.body['roles']) !== 'admin';
      });
      let lines = 0;
      const rest = (async () => {
        for (let part = await reader.read(); !part.done; part = await reader.read()) lines += Buffer.from(part.value).toString('latin1').split('\n').length - 1;
      })();
      await expect(rest).rejects.toThrow();
      expect(lines).toBeLessThan(rows);
    }
  });

  it('puts nothing of a caller into a header', async () => {
    const { id } = await aTenant();
    const header = "x\r\nset-cookie: a=b";
    const answer = await api.inject({ method: 'GET', url: `/api/v1/audit?format=csv&action=${encodeURIComponent(header)}`, headers: { authorization: `Bearer ${api.owner}`, 'x-request-id': 'y' } });
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([200, undefined]);
    expect((await post('keys', { tenant_id: id, name: header })).body).toMatchObject({ name: header });
  });
});
