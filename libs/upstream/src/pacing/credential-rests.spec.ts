import { Secret, type Credential } from '@higress/kernel';
import { CredentialRests } from '../../index';

const aCredential = (id: string, weight = 1): Credential => ({ id, weight, value: new Secret(id) });

describe('credentials', () => {
  let nowMs: number;
  let rests: CredentialRests;
  const shares = (credentials: Credential[]) => {
    const picked = Array.from({ length: 1000 }, (_, i) => rests.pick(credentials, i / 1000).credential?.id ?? 'none');
    return Object.fromEntries([...new Set(picked)].map((id) => [id, picked.filter((other) => other === id).length]));
  };
  beforeEach(() => {
    nowMs = 1000;
    rests = new CredentialRests(() => nowMs);
  });

  it('are picked by weight, and a weight of 0 only when alone', () => {
    expect(shares([aCredential('a', 1), aCredential('b', 3), aCredential('c', 0)])).toEqual({ a: 250, b: 750 });
    expect(shares([aCredential('c', 0)])).toEqual({ c: 1000 });
    expect(shares([aCredential('c', 0), aCredential('d', 0)])).toEqual({ c: 500, d: 500 });
  });

  it('that rest are left out until they wake', () => {
    const both = [aCredential('a'), aCredential('b')];
    rests.rest('a', 2000);
    expect(shares(both)).toEqual({ b: 1000 });
    rests.rest('b', 500);
    expect(rests.pick(both, 0)).toEqual({ credential: null, wakesInMs: 500 });
    nowMs += 500;
    expect(shares(both)).toEqual({ b: 1000 });
    nowMs += 1500;
    expect(shares(both)).toEqual({ a: 500, b: 500 });
  });

  it('rest some seconds where the provider did not say, and never less than it said first', () => {
    rests.rest('a');
    expect(rests.pick([aCredential('a')], 0).wakesInMs).toBe(5000);
    rests.rest('a', 60_000);
    rests.rest('a', 10);
    expect(rests.pick([aCredential('a')], 0).wakesInMs).toBe(60_000);
    rests.rest('a', 1e12);
    expect(rests.pick([aCredential('a')], 0).wakesInMs).toBe(600_000);
  });

  it('need not be: a provider without any gets none, and nobody waits', () => {
    expect(rests.pick([], 0)).toEqual({ credential: null, wakesInMs: 0 });
  });
});
