import type { ScannedJson, Span } from './scan-json';

const COMMA = 0x2c;
const QUOTE = 0x22;

/**
 * The same object with some top-level members replaced, added or left out, every other byte as the client sent it.
 * @param members JSON texts by name; null for a member that is to be left out
 */
export function rewriteJson(scanned: ScannedJson, members: Readonly<Record<string, string | null>>): Buffer {
  const { bytes, spans } = scanned;
  const names = Object.keys(members).filter((name) => members[name] !== null || spans.has(name));
  if (names.length === 0) return bytes;
  const replaced = names.flatMap((name) => {
    const span = spans.get(name);
    const text = members[name] as string | null;
    return span ? [text === null ? { ...wholeMember(bytes, span), text: '' } : { ...span, text }] : [];
  });
  replaced.sort((a, b) => a.start - b.start);
  const added = names.filter((name) => !spans.has(name)).map((name) => `${JSON.stringify(name)}:${members[name]}`);

  const parts: Buffer[] = [];
  let from = 0;
  if (added.length > 0) {
    const brace = bytes.indexOf('{');
    parts.push(bytes.subarray(0, brace + 1), Buffer.from(added.join(',') + (spans.size > 0 ? ',' : '')));
    from = brace + 1;
  }
  for (const { start, end, text } of replaced) {
    parts.push(bytes.subarray(from, start), Buffer.from(text));
    from = end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}

/** From a member's name to the end of its value, with the comma before it, or else the one behind it. */
function wholeMember(bytes: Buffer, { start, end }: Span): Span {
  const nameEnd = bytes.lastIndexOf(QUOTE, start - 1);
  const nameStart = bytes.lastIndexOf(QUOTE, nameEnd - 1);
  const before = skip(bytes, nameStart - 1, -1);
  if (bytes[before] === COMMA) return { start: before, end };
  const behind = skip(bytes, end, 1);
  return { start: nameStart, end: bytes[behind] === COMMA ? behind + 1 : end };
}

/** Where the white space from `at` on, in this direction, is over. */
function skip(bytes: Buffer, at: number, step: 1 | -1): number {
  while ((bytes[at] as number) <= 0x20) at += step;
  return at;
}
