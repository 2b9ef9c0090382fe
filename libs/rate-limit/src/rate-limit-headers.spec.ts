import type { Decision, Reading } from './decision';
import { NO_LIMIT, WINDOWS, type WindowLimit } from './limits';
import { asOpenAiPrints, rateLimitHeaders } from './rate-limit-headers';
import type { Scope, ScopeName } from './scope';
import { NO_VIEW, viewOf } from './view';

const NOW = 1_800_000_000_000; // the start of a minute

function reading(name: ScopeName, window: WindowLimit['name'], limit: number, current: number, elapsedMs = 0): Reading {
  const scope: Scope = { name, limits: { ...NO_LIMIT, [window]: limit }, countersKey: name, leasesKey: `${name}:leases`, tag: 't' };
  return { scope, window: WINDOWS.find((known) => known.name === window) as WindowLimit, limit, current, previous: 0, elapsedMs };
}

function headers(readings: Reading[], degraded = false, nowMs = NOW): Record<string, string> {
  const decision: Decision = { refusedBy: null, readings, nowMs };
  const flat = rateLimitHeaders(viewOf(decision), degraded);
  return Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] as string]] : [])));
}

describe('the header of an answer', () => {
  it('tells limit, rest and reset of requests and tokens', () => {
    expect(headers([reading('key', 'rpm', 60, 1, 12_000), reading('key', 'tpm', 1000, 250, 12_000)], false, NOW + 12_000)).toEqual({
      'x-ratelimit-limit': '60',
      'x-ratelimit-remaining': '59',
      'x-ratelimit-reset': '1800000060',
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '48s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '750',
      'x-ratelimit-reset-tokens': '48s',
    });
  });

  it('speaks of the tightest limit among key and tenant, by the share that is left', () => {
    expect(headers([reading('key', 'rpm', 60, 10), reading('tenant', 'rpm', 1000, 900)])).toMatchObject({ 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '100' });
    expect(headers([reading('key', 'rpm', 60, 30), reading('tenant', 'rpm', 1000, 500)])).toMatchObject({ 'x-ratelimit-limit': '60' });
    expect(headers([reading('key', 'rpm', 60, 0), reading('tenant', 'rpd', 5, 5)])).toMatchObject({ 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-requests': '24h0m0s' });
    expect(headers([reading('key', 'rpm', 0, 0), reading('tenant', 'rpm', 1, 1)])).toMatchObject({ 'x-ratelimit-limit': '0' });
  });

  it('keeps the limits of the address and of the whole gateway to itself', () => {
    expect(headers([reading('ip', 'rpm', 5, 5), reading('global', 'rpm', 9, 9), reading('key', 'burst', 3, 3)])).toEqual({});
    expect(rateLimitHeaders(NO_VIEW, false)).toEqual([]);
  });

  it('says when the in-process limiter decides', () => {
    expect(headers([reading('key', 'rpm', 60, 1)], true)).toMatchObject({ 'x-ratelimit-mode': 'degraded' });
  });
});

it.each([
  [0, '0ms'],
  [249.2, '250ms'],
  [999, '999ms'],
  [1000, '1s'],
  [11_001, '12s'],
  [60_000, '1m0s'],
  [89_999, '1m30s'],
  [3_600_000, '1h0m0s'],
  [86_399_000, '23h59m59s'],
])('prints %d ms as OpenAI does: %s', (ms, text) => {
  expect(asOpenAiPrints(ms)).toBe(text);
});
