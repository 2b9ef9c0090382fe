import { ownLoad } from '../load/own-load.mjs';

/** Before each measurement: what ran before was another load, and the compiler thinks again when a load changes. */
const LEAD_IN_S = 3;

/**
 * Asks a system that was just started until the compiler is done with its hot code: as long for each. That takes requests, not time (the
 * gateway 30 to 45 thousand of them), so the time is one in which the system with the most code gets there.
 * @param {(kind: 'json' | 'stream') => object} of the target for each kind of answer
 * @param {string[]} models what to ask for besides, streams that only this system can give
 */
export async function warmUp(bench, of, models = []) {
  const [json, streams] = bench.isQuick ? [12, 4] : [15, 8];
  await ownLoad(bench, of('json'), { model: 'json-0', connections: 50, seconds: json });
  for (const model of ['sse-100-0', ...models]) await ownLoad(bench, of('stream'), { model, connections: 25, seconds: streams });
}

/**
 * Runs a load right before it is measured, as long for each system.
 * @param {(seconds: number) => Promise<unknown>} load
 */
export function leadIn(bench, load) {
  return load(bench.isQuick ? 1 : LEAD_IN_S);
}
