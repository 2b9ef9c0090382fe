const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
/** More digits than any price has; keeps powers of ten small whatever a file says. */
const MOST_SHIFT = 60;

/**
 * A decimal as JSON writes it, `1.5e-07` too, times 10^`places`, as a whole number. No binary fraction is ever made of it. What is finer than one is rounded to the nearest.
 * @returns null for what is no decimal, or out of all proportion
 */
export function scaleDecimal(text: string, places: number): bigint | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) + places - fraction.length;
  if (Math.abs(shift) > MOST_SHIFT || whole.length + fraction.length > MOST_SHIFT) return null;
  const digits = BigInt(whole + fraction);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : (digits + 10n ** BigInt(-shift) / 2n) / 10n ** BigInt(-shift);
  return sign ? -scaled : scaled;
}
