/** An amount of US dollars as an integer of 10⁻⁹ USD. The only form in which this project computes with money. */
export type NanoUsd = bigint;

const NANO_DIGITS = 9;
const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/;

/**
 * Reads a decimal string of US dollars, at most 12 digits before and 9 after the point.
 * @throws RangeError when the text is anything else: a price that cannot be kept exactly is refused, not rounded.
 */
export function parseUsd(text: string): NanoUsd {
  const match = DECIMAL.exec(text);
  if (!match) throw new RangeError('not a decimal amount of USD with at most 9 decimals');
  const [, sign, whole, fraction = ''] = match;
  const nano = BigInt(whole + fraction.padEnd(NANO_DIGITS, '0'));
  return sign ? -nano : nano;
}

/** The shortest decimal string of the same amount: `150000000n` is `"0.15"`. */
export function formatUsd(nano: NanoUsd): string {
  const sign = nano < 0n ? '-' : '';
  const digits = (nano < 0n ? -nano : nano).toString().padStart(NANO_DIGITS + 1, '0');
  const fraction = digits.slice(-NANO_DIGITS).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -NANO_DIGITS)}${fraction && `.${fraction}`}`;
}
