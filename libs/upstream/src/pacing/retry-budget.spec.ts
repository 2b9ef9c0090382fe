import { RetryBudget } from '../../index';

describe('the retry budget', () => {
  let nowMs: number;
  let budget: RetryBudget;
  const spend = (times: number) => Array.from({ length: times }, () => budget.spend()).filter(Boolean).length;
  beforeEach(() => {
    nowMs = 1_764_000_000_000;
    budget = new RetryBudget(() => nowMs);
  });

  it('is at least ten in ten seconds', () => {
    expect(spend(50)).toBe(10);
  });

  it('is a fifth of the calls', () => {
    for (let i = 0; i < 200; i++) budget.called();
    expect(spend(500)).toBe(40);
  });

  it('forgets what is older than ten seconds, second by second', () => {
    expect(spend(10)).toBe(10);
    nowMs += 9_000;
    expect(spend(10)).toBe(0);
    nowMs += 1_000;
    expect(spend(50)).toBe(10);
    nowMs += 3_600_000;
    expect(spend(50)).toBe(10);
  });
});
