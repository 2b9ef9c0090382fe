import { uuidv7 } from '@higress/kernel';
import { aHold, anAnswer } from '../fixtures/a-call';
import { encodeHold, encodeProgress } from '../hold/encode-hold';
import { encodeSettle } from './encode-settle';

const tenant = uuidv7();

describe('the row of a settle', () => {
  it('is one line of JSON that carries its hold', () => {
    const hold = aHold(tenant, 600n);
    const { requestId, keyId } = hold.call;
    expect(JSON.parse(encodeSettle(anAnswer(hold, 250n)))).toEqual([
      1, requestId, tenant, keyId, 'prepaid', true, '600', 'external', 'demo', 'simulator', 'demo-1', 'openai', false, null, { team: 'a' }, 200, null, 1, 12, 0, 0, 34, 0, false, false, '250', 12.5, 40, 1.25,
    ]);
  });

  it('holds no text that a line or Postgres cannot', () => {
    const hold = aHold(tenant);
    const odd = { ...hold, call: { ...hold.call, model: 'a"b\\c\nd\0e\ud800f😀', tags: { 'k"': 'v\u2028' } } };
    const line = encodeSettle(anAnswer(odd, 1n));
    expect(line).not.toContain('\n');
    const row: unknown[] = JSON.parse(line);
    expect([row[8], row[14]]).toEqual(['a"b\\c\nd\ufffde\ufffdf😀', { 'k"': 'v\u2028' }]);
  });

  it('holds no number that is no count, and no negative cost', () => {
    const answer = anAnswer(aHold(tenant), -5n);
    const usage = { ...answer.usage, inputTokens: -3, outputTokens: Number.NaN, reasoningTokens: 1e300, cachedInputTokens: 1.7 };
    const row: unknown[] = JSON.parse(encodeSettle({ ...answer, usage, ttftMs: null, durationMs: Infinity, overheadMs: 0.12345, clamped: true }));
    expect(row.slice(18)).toEqual([0, 1, 0, 0, Number.MAX_SAFE_INTEGER, false, true, '0', null, null, 0.123]);
  });
});

describe('the row of a hold', () => {
  it('carries the identity of the call and the frozen price', () => {
    const hold = aHold(tenant, 600n);
    const row: unknown[] = JSON.parse(encodeHold(hold));
    expect(row.slice(0, 6)).toEqual([hold.call.requestId, tenant, hold.call.keyId, 'prepaid', true, '600']);
    expect(row[6]).toEqual({ channel: 'external', model: 'demo', provider: 'simulator', upstream_model: 'demo-1', dialect: 'openai', stream: false, client_request_id: null, tags: { team: 'a' } });
    expect(row[7]).toMatchObject({ input: '150000000', output: '600000000' });
    expect(JSON.parse(encodeHold({ ...hold, price: null }))).toHaveLength(8);
  });
});

describe('the row of a progress', () => {
  it('is empty where nothing is known', () => {
    expect(JSON.parse(encodeProgress('id', null))).toEqual(['id', null, null]);
    expect(JSON.parse(encodeProgress('id', { usage: anAnswer(aHold(tenant), 0n).usage, costNanoUsd: 7n, attempts: 2 }))).toEqual(['id', '7', [12, 0, 0, 34, 0, 2]]);
  });
});
