import { budgetsSchema, nextPeriodStart, readBudget, writeAmount, type WrittenBudget } from '../index';

const one = (limit: string | number, unit: WrittenBudget['unit'] = 'usd') => ({ period: 'daily' as const, unit, limit });

describe('a budget as it is written', () => {
  it.each([
    [one('25'), 25_000_000_000n, '25'],
    [one(0.5), 500_000_000n, '0.5'],
    [one(0, 'requests'), 0n, 0],
    [one('1000000', 'tokens'), 1_000_000n, 1_000_000],
  ])('%j is read and shown again', (written, cap, shown) => {
    expect(budgetsSchema.safeParse([written]).success).toBe(true);
    expect(readBudget(written).cap).toBe(cap);
    expect(writeAmount(written.unit, cap)).toBe(shown);
  });

  it.each([one('-1'), one('1e3'), one(1e-10), one('2000000000'), one(1.5, 'tokens'), one('ten', 'requests'), { ...one('1'), period: 'hourly' }, { ...one('1'), currency: 'EUR' }])('%j is refused', (written) => {
    expect(budgetsSchema.safeParse([written]).success).toBe(false);
  });

  it('is there once per period and unit', () => {
    expect(budgetsSchema.safeParse([one('1'), one('2')]).success).toBe(false);
    expect(budgetsSchema.safeParse([one('1'), one(2, 'tokens'), { ...one('3'), period: 'total' }]).success).toBe(true);
  });
});

describe('the next period', () => {
  it.each([
    ['daily', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
    ['weekly', '2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    ['weekly', '2026-11-29T12:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    ['monthly', '2026-12-05T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ] as const)('%s after %s begins at %s', (period, now, next) => {
    expect(nextPeriodStart(period, new Date(now))?.toISOString()).toBe(next);
  });

  it('never comes for a total', () => {
    expect(nextPeriodStart('total', new Date())).toBeNull();
  });
});
