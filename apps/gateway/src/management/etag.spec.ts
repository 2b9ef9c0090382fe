import { etagOf, requireMatch } from './etag';

const KEY = { id: 'k', name: 'ci', limits: { rpm: 5 }, last_used_at: null };
const failure = expect.objectContaining({ code: 'PRECONDITION_FAILED' });

describe('the tag of a resource', () => {
  it('moves with every change, and not with its use or the order of its members', () => {
    expect(etagOf(KEY)).toMatch(/^"[\w-]{22}"$/);
    expect(etagOf({ limits: { rpm: 5 }, name: 'ci', id: 'k', last_used_at: '2027-01-31T00:00:00Z' })).toBe(etagOf(KEY));
    expect(new Set([KEY, { ...KEY, name: 'di' }, { ...KEY, limits: { rpm: 6 } }, { ...KEY, id: 'l' }].map(etagOf)).size).toBe(4);
  });

  it('must be the one that the caller has seen, where the caller says which', () => {
    const tag = etagOf(KEY);
    for (const ifMatch of [undefined, '*', tag, ` "old", ${tag}`, `W/${tag}`]) expect(() => requireMatch(ifMatch, KEY)).not.toThrow();
    for (const ifMatch of ['', '"old"', tag.slice(1, -1), `${tag}x`]) expect(() => requireMatch(ifMatch, KEY)).toThrow(failure);
  });
});
