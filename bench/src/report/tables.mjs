import { COMPARED } from '../scenarios/scenarios.mjs';
import { count, DASH, fixed, percent, table, times } from './format.mjs';

const ms = fixed(2);
const micros = fixed(1);

/** For columns that mean nothing for the upstream called directly. */
function systemOnly(show) {
  return (row, rows, name) => (name === 'direct' ? DASH : show(row, rows));
}

/** One column: its head, and what it shows of a row's figures; `rows` are all rows of the scenario, for ratios. */
const COLUMNS = {
  json: [
    ['req/s', (row) => count(row.perSecond)],
    ['to peer', systemOnly((row, rows) => times(row.perSecond, rows.peer?.perSecond))],
    ['to floor', systemOnly((row, rows) => times(row.perSecond, rows.floor?.perSecond))],
    ['CPU µs/req', systemOnly((row, rows) => count(row.cpuPerRequest))],
    ['CPU to floor', systemOnly((row, rows) => times(row.cpuPerRequest, rows.floor?.cpuPerRequest))],
    ['p50 ms', (row) => ms(row.p50)],
    ['p99 ms', (row) => ms(row.p99)],
    ['p50 added', systemOnly((row, rows) => ms(row.addedP50))],
    ['p99 added', systemOnly((row, rows) => ms(row.addedP99))],
    ['memory MB', systemOnly((row, rows) => count(row.memoryMb))],
    ['other core', (row) => percent(row.othersBusy)],
  ],
  burst: [
    ['streams/s', (row) => count(row.perSecond)],
    ['to peer', systemOnly((row, rows) => times(row.perSecond, rows.peer?.perSecond))],
    ['to floor', systemOnly((row, rows) => times(row.perSecond, rows.floor?.perSecond))],
    ['CPU µs/chunk', systemOnly((row, rows) => micros(row.cpuPerChunk))],
    ['whole stream p50 ms', (row) => ms(row.p50)],
    ['p99 ms', (row) => ms(row.p99)],
    ['memory MB', systemOnly((row, rows) => count(row.memoryMb))],
    ['other core', (row) => percent(row.othersBusy)],
  ],
  paced: [
    ['lag p50 ms', (row) => ms(row.lagP50)],
    ['lag p99 ms', (row) => ms(row.lagP99)],
    ['first chunk p50 ms', (row) => ms(row.ttftP50)],
    ['p99 ms', (row) => ms(row.ttftP99)],
    ['CPU µs/chunk', systemOnly((row, rows) => micros(row.cpuPerChunk))],
    ['CPU to floor', systemOnly((row, rows) => times(row.cpuPerChunk, rows.floor?.cpuPerChunk))],
    ['memory MB', systemOnly((row, rows) => count(row.memoryMb))],
    ['its core', systemOnly((row, rows) => percent(row.systemBusy))],
    ['other core', (row) => percent(row.othersBusy)],
  ],
};

function columnsOf(id) {
  if (id.startsWith('burst')) return COLUMNS.burst;
  return id.startsWith('paced') ? COLUMNS.paced : COLUMNS.json;
}

/** One Markdown section per scenario. */
export function scenarioSections(compared, titles) {
  return Object.entries(compared).map(([id, { title, rows }]) => {
    const columns = columnsOf(id);
    const titleOf = (name) => (name === 'direct' ? titles.direct[COMPARED[id].kind] : titles[name]);
    const names = COMPARED[id].contenders.filter((name) => name in rows);
    const lines = names.map((name) => [titleOf(name), ...columns.map(([, show]) => show(rows[name], rows, name))]);
    const failures = names.filter((name) => rows[name].failures > 0).map((name) => `${titleOf(name)}: ${count(rows[name].failures)} answers missing or refused.`);
    return [`### ${title}`, table(['system', ...columns.map(([head]) => head)], lines), ...failures].join('\n\n');
  });
}

/** What a request of the gateway costs its stores. */
export function storesSection({ 'json-64': json }, titles) {
  const names = ['postpaid', 'prepaid'].filter((name) => json?.rows[name]);
  if (names.length === 0) return [];
  const lines = names.map((name) => [titles[name], micros(json.rows[name].redisPerRequest), micros(json.rows[name].postgresPerRequest)]);
  return [['### What a request costs the stores, JSON, 64 clients', table(['system', 'Redis CPU µs/req', 'Postgres CPU µs/req'], lines)].join('\n\n')];
}

export function overloadSection(result) {
  if (!result) return [];
  const row = ['gateway', count(result.refusedPerSecond), ms(result.refusalP50), ms(result.refusalP99), ms(result.acceptedP50), ms(result.acceptedP99), result.statuses.join(' ')];
  const head = ['system', 'refusals/s', 'refused after p50 ms', 'p99 ms', 'accepted p50 ms', 'p99 ms', 'statuses'];
  const text = `A cap of ${result.cap} and ${result.cap * 10} clients, which connect within ${result.rampMs / 1000} s and stay; an answer takes ${result.slowMs} ms, a place in the queue is held for ${result.queueMs} ms, and an accepted request may have waited that long.`;
  return [['### Ten times over the concurrency cap', text, table(head, [row])].join('\n\n')];
}

export function twoSection(result) {
  if (!result) return [];
  const { one, apart, together, ratio } = result;
  const line = (title, figures, share = 1) => [title, count(figures.perSecond), count(figures.cpuPerRequest), micros(figures.redisPerRequest * share), micros(figures.postgresPerRequest * share)];
  const lines = [
    line('one process', one),
    ...(apart ? [line('two, of which one has stores of its own', apart, 2)] : []), // only the first's stores are looked at, and half of the answers are the first's
    line('two on the same stores', together),
  ];
  const text = result.isMeasured ? `Each process on a core of its own: ${ratio.toFixed(2)} times the throughput of one.` : projection(result);
  return [['### Two processes on the same stores, JSON, 64 clients each', text, table(['', 'req/s', 'CPU µs/req', 'Redis CPU µs/req', 'Postgres CPU µs/req'], lines)].join('\n\n')];
}

function projection({ one, apart, together, sharing, takingTurns, ratio }) {
  const load = ratio * one.perSecond;
  const ofCore = (micros) => percent((load * micros) / 1e6);
  return [
    'This machine has no core to spare for a second process, so both share one and throughput cannot grow.',
    `Sharing the core costs a pair that shares nothing else ${takingTurns.toFixed(2)} times the CPU per request of one process alone, by turns that two cores need not take;`,
    `sharing the stores as well, ${sharing.toFixed(2)} times that.`,
    `From the second factor alone, two cores would give ${ratio.toFixed(2)} times the throughput of one, and Redis would need ${ofCore(together.redisPerRequest)} of a core for it, Postgres ${ofCore(together.postgresPerRequest)}.`,
    `(Were both factors counted, as if two cores took turns too, it would be ${(2 / sharing / takingTurns).toFixed(2)}.) That is a projection, not a measurement.`,
  ].join(' ');
}
