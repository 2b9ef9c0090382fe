import { managementApi } from '../../fixtures/management-api';

describe('the audit over HTTP', () => {
  const api = managementApi();
  const { call, get, post, rowsOf, aTenant, tokenOf } = api;

  it('shows who changed what, to whom it concerns, filtered, paged and as CSV', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const [admin, auditor, member] = [await tokenOf(mine.id, 'admin'), await tokenOf(mine.id, 'auditor'), await tokenOf(mine.id, 'member')];
    const key = await call('POST', 'keys', { body: { tenant_id: mine.id, name: 'ci, "quoted"' }, token: admin, headers: { 'user-agent': '=cmd' } });
    await post('keys', { tenant_id: theirs.id, name: 'theirs' });
    const rows = rowsOf(await get('audit?subject_type=key', auditor));
    expect(rows).toEqual([
      {
        id: expect.any(String), at: expect.stringMatching(/Z$/), tenant_id: mine.id, actor_kind: 'user', actor_id: (await get('auth/me', admin)).body['id'], action: 'key.created', subject_type: 'key', subject_id: key.body['id'],
        before: null, after: expect.objectContaining({ name: 'ci, "quoted"' }), ip: '127.0.0.1', request_id: expect.any(String), hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    expect(JSON.stringify(rows)).not.toContain(String(key.body['key']));
    expect((await get('audit', member)).status).toBe(403);
    expect((await get(`audit?tenant_id=${theirs.id}`, admin)).status).toBe(404);
    expect(rowsOf(await get(`audit?tenant_id=${theirs.id}`)).map(({ action }) => action)).toEqual(['key.created', 'tenant.created']);
    const all = rowsOf(await get('audit?limit=1000', admin));
    expect(all.every(({ tenant_id }) => tenant_id === mine.id)).toBe(true);
    const paged: unknown[] = [];
    for (let cursor = ''; ; ) {
      const page = await get(`audit?limit=2${cursor && `&cursor=${cursor}`}`, admin);
      paged.push(...rowsOf(page));
      cursor = (page.body['next_cursor'] as string | null) ?? '';
      if (!cursor) break;
    }
    expect(paged).toEqual(all);
    expect(rowsOf(await get(`audit?action=key.created&from=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`, admin))).toEqual([]);
    const csv = await api.inject({ method: 'GET', url: '/api/v1/audit?format=csv', headers: { authorization: `Bearer ${admin}` } });
    expect(csv.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="audit.csv"' });
    const [header, ...lines] = csv.payload.trimEnd().split('\r\n');
    expect(header).toBe('id,at,tenant_id,actor_kind,actor_id,action,subject_type,subject_id,before,after,ip,request_id,hash');
    expect(lines.map((line) => line.slice(0, 36))).toEqual(all.map(({ id }) => id));
  });
});
