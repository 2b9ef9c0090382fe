const DAY = 86_400_000;
const PAGE = { limit: 50, cursor: null };

/** What people ask, each as the management API asks it. `by` is whose rows may be read. */
export function questions({ tenant, small, key, person, start }, { UsageRecords, UsageSummary, Ledger, SYSTEM }) {
  const admin = { ...SYSTEM, tenantId: tenant };
  const member = { ...SYSTEM, tenantId: 'set below', ownerId: person };
  const list = (title, filter, by = admin, page = PAGE) => ({ title, by, ask: (tx) => new UsageRecords(tx).page({ tenantId: by.tenantId, ...filter }, page) });
  const sum = (title, dimensions, filter = {}, by = admin) => ({ title, by, ask: (tx) => new UsageSummary(tx).of({ tenantId: by.tenantId, ...filter }, dimensions, { limit: 1_000, skip: 0 }) });
  const days = (from, to = 0) => ({ from: new Date(Date.now() - from * DAY), to: new Date(Date.now() - to * DAY) });
  // The middle of all calls: as far into the list as its middle page.
  const middle = (start.getTime() + 45 * DAY).toString(16).padStart(12, '0');
  const deep = { limit: 50, cursor: `${middle.slice(0, 8)}-${middle.slice(8)}-7fff-bfff-ffffffffffff` };
  return [
    list('newest calls of a tenant with half of all', {}),
    list('the same, from the middle on', {}, admin, deep),
    list('newest calls of everybody', {}, SYSTEM),
    list('newest calls of a small tenant', {}, { ...SYSTEM, tenantId: small }),
    list('calls of a key', { keyId: key }),
    list('calls of a key in a week a month ago', { keyId: key, ...days(37, 30) }),
    list('calls of a common model', { model: 'model-3' }),
    list('calls of a model asked for once in 100,000 times', { model: 'rare-model' }),
    list('the same of everybody', { model: 'rare-model' }, SYSTEM),
    list('calls of a model that nobody asked for', { model: 'no-model' }),
    list('calls with a tag', { tags: { team: 'team 7' } }),
    list('calls with a tag that none has', { tags: { team: 'none' } }),
    list('calls of a person’s keys', { userId: person }, { ...SYSTEM, tenantId: null }),
    list('failed calls of a tenant, by status', { status: 502 }),
    list('failed calls by a code that none has', { errorCode: 'NEVER' }),
    list('a member’s own calls', { userId: person }, { ...member, tenantId: null }),
    list('a thousand calls for a page of CSV', {}, admin, { ...deep, limit: 1_000 }),
    sum('spend of a tenant by model, ever', ['model']),
    sum('spend of everybody by model, ever', ['model'], {}, SYSTEM),
    sum('by day', ['day']),
    sum('by key', ['key']),
    sum('by key and day', ['key', 'day']),
    sum('by tag', ['tag']),
    sum('by person', ['user'], {}, SYSTEM),
    sum('by tenant, the last 30 days to the millisecond', ['tenant'], days(30), SYSTEM),
    sum('of a key by model, an hour yesterday', ['model'], { keyId: key, ...days(1, 23 / 24) }),
    { title: 'ledger of a tenant', by: admin, ask: (tx) => new Ledger(tx).page({ tenantId: tenant }, PAGE) },
    { title: 'ledger of a tenant, of one kind that is rare', by: admin, ask: (tx) => new Ledger(tx).page({ tenantId: tenant, kind: 'credit' }, PAGE) },
  ];
}
