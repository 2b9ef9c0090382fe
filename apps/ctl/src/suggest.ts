/** The candidate that takes the fewest edits to type, when it is near enough to have been meant. */
export function suggest(typed: string, candidates: readonly string[]): string | undefined {
  const near = candidates
    .map((candidate) => ({ candidate, edits: candidate.startsWith(`${typed} `) ? 0 : editDistance(typed, candidate) }))
    .sort((a, b) => a.edits - b.edits)[0];
  return near && near.edits <= Math.max(2, typed.length / 3) ? near.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
