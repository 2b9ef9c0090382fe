import { CAP, QUEUE_MS, RAMP_MS, SLOW_MS } from '../scenarios/overload.mjs';
import { COMPARED } from '../scenarios/scenarios.mjs';
import { median } from './median.mjs';

/** What is taken from one sample; times in ms, CPU in µs. `added` is over the direct call of the same round. */
const FIGURES = {
  perSecond: (s) => (s.streams ? s.streams / s.elapsedS : s.perSecond),
  cpuPerRequest: (s) => s.cpuPerRequest,
  cpuPerChunk: (s) => s.cpuPerChunk,
  redisPerRequest: (s) => s.redisPerRequest,
  postgresPerRequest: (s) => s.postgresPerRequest,
  p50: (s) => s.latency?.p50,
  p99: (s) => s.latency?.p99,
  addedP50: (s, direct) => s.latency?.p50 - direct?.latency?.p50,
  addedP99: (s, direct) => s.latency?.p99 - direct?.latency?.p99,
  ttftP50: (s) => s.ttft?.p50,
  ttftP99: (s) => s.ttft?.p99,
  lagP50: (s) => s.lag?.p50,
  lagP99: (s) => s.lag?.p99,
  memoryMb: (s) => s.memoryMb,
  othersBusy: (s) => s.othersBusy,
  systemBusy: (s) => s.systemBusy,
  failures: (s) => s.refused + s.broken,
  answered: (s) => s.answered,
};

/** Medians over the rounds: `{ [scenario]: { title, rows: { [contender]: figures } } }`, and the two scenarios that only the gateway runs. */
export function summarise(samples) {
  const compared = {};
  for (const [id, { title }] of Object.entries(COMPARED)) {
    if (!samples[id]) continue;
    const rows = Object.entries(samples[id]).map(([name, rounds]) => [name, figuresOf(rounds, samples[id].direct ?? [])]);
    compared[id] = { title, rows: Object.fromEntries(rows) };
  }
  return { compared, overload: summariseOverload(samples.overload?.postpaid), two: summariseTwo(samples['two-processes']?.postpaid) };
}

function figuresOf(rounds, direct) {
  const figures = Object.entries(FIGURES).map(([name, pick]) => [name, median(rounds.map((sample, i) => pick(sample, direct[i])))]);
  return { ...Object.fromEntries(figures), failures: rounds.reduce((sum, sample) => sum + FIGURES.failures(sample), 0) };
}

function summariseOverload(rounds) {
  if (!rounds) return null;
  const of = (pick) => median(rounds.map(pick));
  const statuses = [...new Set(rounds.flatMap((sample) => Object.keys(sample.statuses)))];
  return {
    cap: CAP,
    queueMs: QUEUE_MS,
    slowMs: SLOW_MS,
    rampMs: RAMP_MS,
    statuses,
    refusedPerSecond: of((s) => s.refused / s.elapsedS),
    refusalP50: of((s) => s.refusal?.p50),
    refusalP99: of((s) => s.refusal?.p99),
    acceptedP50: of((s) => s.latency?.p50),
    acceptedP99: of((s) => s.latency?.p99),
    broken: rounds.reduce((sum, s) => sum + s.broken, 0),
  };
}

/**
 * What a second process gives: measured, or projected from two pairs of processes on one core, of which one shares its stores and the other
 * nothing but the core. Both pairs lose the same to taking turns, when each finds the caches full of the other's; two cores would not
 * lose that. What a request costs the one pair more than the other is what sharing the stores costs, and two cores would lose that too.
 * Never more than twice, nor more than one Redis can do, which has one thread.
 */
function summariseTwo(rounds) {
  if (!rounds) return null;
  const of = (pick) => median(rounds.map(pick));
  const figures = (name) => {
    const pick = (figure) => of((round) => round[name][figure]);
    return { perSecond: pick('perSecond'), cpuPerRequest: pick('cpuPerRequest'), redisPerRequest: pick('redisPerRequest'), postgresPerRequest: pick('postgresPerRequest') };
  };
  const [one, together] = ['one', 'together'].map(figures);
  if (rounds[0].isMeasured) return { isMeasured: true, one, together, apart: null, ratio: of((round) => round.together.perSecond / round.one.perSecond) };
  const sharing = of((round) => round.together.cpuPerRequest / round.apart.cpuPerRequest);
  const redisCan = 1e6 / together.redisPerRequest / one.perSecond;
  return { isMeasured: false, one, together, apart: figures('apart'), sharing, takingTurns: of((round) => round.apart.cpuPerRequest / round.one.cpuPerRequest), ratio: Math.min(2, 2 / sharing, redisCan) };
}
