/** True when `name` fits `glob`, where `*` stands for any characters, none included, and everything else for itself. Linear, so that no glob can stall a request. */
export function matchesGlob(glob: string, name: string): boolean {
  const parts = glob.split('*');
  const first = parts[0] as string;
  if (parts.length === 1) return glob === name;
  const last = parts[parts.length - 1] as string;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

/** True when one of the globs fits; null fits everything. */
export function matchesAnyGlob(globs: readonly string[] | null, name: string): boolean {
  return globs === null || globs.some((glob) => matchesGlob(glob, name));
}
