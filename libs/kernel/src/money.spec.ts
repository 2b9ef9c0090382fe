import { formatUsd, parseUsd } from '../index';

describe('money', () => {
  it.each([
    ['0.15', 150_000_000n],
    ['25', 25_000_000_000n],
    ['-0.000000001', -1n],
    ['0', 0n],
    ['999999999999.999999999', 999_999_999_999_999_999_999n],
  ])('reads %s and prints it again', (text, nano) => {
    expect(parseUsd(text)).toBe(nano);
    expect(formatUsd(nano)).toBe(text);
  });

  it.each(['', '1.', '.5', '1e3', '0.0000000001', 'NaN', '1,5', ' 1', '+1', '0x1'])('refuses %j', (text) => {
    expect(() => parseUsd(text)).toThrow(RangeError);
  });
});
