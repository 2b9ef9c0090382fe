import { fixed } from './format.mjs';

const two = fixed(2);

/**
 * What the gateway has to reach. `first` and `then` may differ by the Node that all systems run on: `[below 24, 24 and newer]`.
 * `of` returns null when the run did not measure it.
 */
const TARGETS = [
  { text: 'JSON at 64: × peer’s throughput', least: true, first: [5, 3.5], then: [10, 6], of: (s) => ratio(s, 'json-64', 'peer', 'perSecond') },
  { text: 'JSON at 64: share of the floor’s throughput', least: true, first: 0.33, then: 0.55, of: (s) => ratio(s, 'json-64', 'floor', 'perSecond') },
  { text: 'JSON at 64: × floor’s CPU per request', first: 3, then: 1.7, of: (s) => ratio(s, 'json-64', 'floor', 'cpuPerRequest') },
  { text: 'streams without delay: × peer’s streams/s', least: true, first: 3, then: 4, of: (s) => ratio(s, 'burst-32', 'peer', 'perSecond') },
  { text: 'streams without delay: share of the floor’s streams/s', least: true, first: 0.65, then: 0.85, of: (s) => ratio(s, 'burst-32', 'floor', 'perSecond') },
  { text: 'translated streams: × the CPU per chunk of passed ones', first: 3, then: 2, of: (s) => translatedToPassed(s) },
  { text: '500 streams of 20 ms: × floor’s CPU per chunk', first: 1.3, then: 1.05, of: (s) => ratio(s, 'paced-500', 'floor', 'cpuPerChunk') },
  { text: '500 streams of 20 ms: memory, MB', first: 220, then: 140, of: (s) => s.compared['paced-500']?.rows.postpaid?.memoryMb },
  { text: 'p50 added over direct at 1, postpaid, ms', first: 1, then: 0.4, of: (s) => s.compared['json-1']?.rows.postpaid?.addedP50 },
  { text: 'p50 added over direct at 1, prepaid, ms', first: 2.5, then: 1.2, of: (s) => s.compared['json-1']?.rows.prepaid?.addedP50 },
  { text: 'two processes: × one process’s throughput', least: true, first: 1.8, then: 1.9, of: (s) => s.two?.ratio, note: (s) => (s.two?.isMeasured === false ? ' (projected)' : '') },
  { text: 'refusals at 10× the cap: p99 over the queue time, ms', first: 100, then: 30, of: (s) => s.overload && s.overload.refusalP99 - s.overload.queueMs },
];

function ratio({ compared }, scenario, to, figure) {
  const rows = compared[scenario]?.rows;
  return rows?.postpaid && rows[to] ? rows.postpaid[figure] / rows[to][figure] : null;
}

function translatedToPassed({ compared }) {
  const [translated, passed] = ['burst-32-translated', 'burst-32'].map((id) => compared[id]?.rows.postpaid?.cpuPerChunk);
  return translated && passed ? translated / passed : null;
}

/** Every target that the run measured, with its value and whether it was reached. */
export function judge(summary, nodeMajor) {
  const bound = (wish) => (Array.isArray(wish) ? wish[nodeMajor >= 24 ? 1 : 0] : wish);
  return TARGETS.map((target) => ({ ...target, value: target.of(summary) ?? null, note: target.note?.(summary) ?? '' }))
    .filter(({ value }) => value !== null)
    .map(({ text, least, value, note, ...wish }) => {
      const [first, then] = [bound(wish.first), bound(wish.then)];
      const reaches = (limit) => (least ? value >= limit : value <= limit);
      return { text, value, note, sign: least ? '≥' : '≤', first, then, reachesFirst: reaches(first), reachesThen: reaches(then) };
    });
}

export function targetRows(judged) {
  return judged.map(({ text, value, note, sign, first, then, reachesFirst, reachesThen }) => [
    text,
    two(value) + note,
    `${sign} ${first}`,
    reachesFirst ? 'pass' : 'FAIL',
    `${sign} ${then}`,
    reachesThen ? 'pass' : 'not yet',
  ]);
}
