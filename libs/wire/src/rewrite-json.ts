import type { ScannedJson } from './scan-json';

/**
 * The same object with some top-level members replaced or added, every other byte as the client sent it.
 * @param members JSON texts by name
 */
export function rewriteJson(scanned: ScannedJson, members: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(members);
  if (names.length === 0) return scanned.bytes;
  const replaced = names.flatMap((name) => {
    const span = scanned.spans.get(name);
    return span ? [{ ...span, text: members[name] as string }] : [];
  });
  replaced.sort((a, b) => a.start - b.start);
  const added = names.filter((name) => !scanned.spans.has(name)).map((name) => `${JSON.stringify(name)}:${members[name]}`);

  const parts: Buffer[] = [];
  let from = 0;
  if (added.length > 0) {
    const brace = scanned.bytes.indexOf('{');
    parts.push(scanned.bytes.subarray(0, brace + 1), Buffer.from(added.join(',') + (scanned.spans.size > 0 ? ',' : '')));
    from = brace + 1;
  }
  for (const { start, end, text } of replaced) {
    parts.push(scanned.bytes.subarray(from, start), Buffer.from(text));
    from = end;
  }
  parts.push(scanned.bytes.subarray(from));
  return Buffer.concat(parts);
}
