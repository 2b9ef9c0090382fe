import { isUuid, uuidv7, uuidv7Time } from '../index';

describe('uuidv7', () => {
  it('carries its millisecond, its version and its variant', () => {
    const id = uuidv7(1_764_000_000_123);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidv7Time(id).getTime()).toBe(1_764_000_000_123);
    expect(isUuid(id)).toBe(true);
  });

  it('never repeats', () => {
    expect(new Set(Array.from({ length: 20_000 }, () => uuidv7(0))).size).toBe(20_000);
  });
});
