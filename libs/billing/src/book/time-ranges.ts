/** From a moment on, before another one; in ms since 1970. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What is left of the ranges without the holes, in order. Empty ranges are left out; holes may overlap, and come in any order. */
export function withoutHoles(ranges: readonly TimeRange[], holes: readonly TimeRange[]): TimeRange[] {
  const sorted = [...holes].sort((a, b) => a.from - b.from);
  return ranges.flatMap(({ from, to }) => {
    const left: TimeRange[] = [];
    let at = from;
    for (const hole of sorted) {
      if (hole.to <= at || hole.from >= to) continue;
      left.push({ from: at, to: hole.from });
      at = hole.to;
    }
    return [...left, { from: at, to }].filter((range) => range.from < range.to);
  });
}
