import type { Units } from '@higress/kernel';

/** The character 0, and halves of surrogate pairs: with `u` the property does not see whole ones. */
const REFUSED = /\0|\p{Surrogate}/gu;
const PLAIN = /^[\x20-\x7e]*$/;

/** A text as `jsonb` takes it: what Postgres refuses in a text is replaced by U+FFFD. */
export function textFor(text: string): string;
export function textFor(text: string | null | undefined): string | null;
export function textFor(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  return PLAIN.test(text) ? text : text.replace(REFUSED, '\ufffd');
}

/** A whole number that is not negative and that `bigint` can hold, whatever came. */
export function countFor(value: number): number {
  return value > 0 ? Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER) : 0;
}

/** Milliseconds to the microsecond, or null where there are none. */
export function millisFor(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 1000) / 1000 : null;
}

/** As text, because JSON readers keep 53 bits only. A negative amount is a mistake of ours, and never becomes a gift. */
export function nanoFor(value: bigint): string {
  return value > 0n ? String(value) : '0';
}

/** What is counted otherwise than in tokens: whole numbers, and only what there is any of. */
export function unitsFor(units: Units): Record<string, number> {
  return Object.fromEntries(Object.entries(units).flatMap(([name, count]: [string, number | undefined]) => (count !== undefined && count > 0 ? [[name, countFor(Math.ceil(count))]] : [])));
}

const known = new WeakMap<object, Readonly<Record<string, string>>>();

/** An object of texts. Remembered per object: a key's tags are the same object in all its calls. */
export function tagsFor(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  let clean = known.get(tags);
  if (clean === undefined) {
    clean = Object.fromEntries(Object.entries(tags).map(([name, value]) => [textFor(name), textFor(String(value))]));
    known.set(tags, clean);
  }
  return clean;
}
