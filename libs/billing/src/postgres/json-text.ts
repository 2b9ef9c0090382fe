import type { Units } from '@higress/kernel';

/** The character 0, and halves of surrogate pairs: with `u` the property does not see whole ones. */
const REFUSED = /\0|\p{Surrogate}/gu;
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** JSON of a text as `jsonb` takes it: what Postgres refuses in a text is replaced by U+FFFD. */
export function jsonText(text: string | null | undefined): string {
  if (text === null || text === undefined) return 'null';
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text.replace(REFUSED, '\ufffd'));
}

/** A whole number that is not negative and that `bigint` can hold, whatever came. */
export function jsonCount(value: number): number {
  return value > 0 ? Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER) : 0;
}

/** Milliseconds to the microsecond, or `null` where there are none. */
export function jsonMillis(value: number | null | undefined): number | 'null' {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 1000) / 1000 : 'null';
}

/** As text, because JSON readers keep 53 bits only. A negative amount is a mistake of ours, and never becomes a gift. */
export function jsonNano(value: bigint): string {
  return value > 0n ? `"${value}"` : '"0"';
}

/** JSON of what is counted otherwise than in tokens: whole numbers, and only what there is any of. */
export function jsonUnits(units: Units): string {
  return JSON.stringify(Object.fromEntries(Object.entries(units).flatMap(([name, count]: [string, number | undefined]) => (count !== undefined && count > 0 ? [[name, jsonCount(Math.ceil(count))]] : []))));
}

const known = new WeakMap<object, string>();

/** JSON of an object of texts. Remembered per object: a key's tags are the same object in all its calls. */
export function jsonTags(tags: Readonly<Record<string, string>>): string {
  let json = known.get(tags);
  if (json === undefined) {
    json = `{${Object.entries(tags).map(([name, value]) => `${jsonText(name)}:${jsonText(String(value))}`).join()}}`;
    known.set(tags, json);
  }
  return json;
}
