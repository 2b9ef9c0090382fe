import { ownLoad } from '../load/own-load.mjs';
import { KEYS } from '../systems/gateway-file.mjs';
import { measure } from './measure.mjs';
import { leadIn, warmUp } from './warm-up.mjs';

export const CAP = 20;
export const QUEUE_MS = 250;
export const SLOW_MS = 500;
/** Two hundred connections opened in one instant hold up the floor, too, for about 100 ms; it is not connections that are measured here. */
export const RAMP_MS = 1000;

/** Ten times as many clients as a gateway lets run at once, each asking again as soon as it is answered or refused. One sample per round. */
export async function overload(bench, rounds) {
  const port = bench.ports.smallGateway;
  const target = { port, headers: { authorization: `Bearer ${KEYS.postpaid}` } };
  const gateway = await bench.startGateway(port, { maxConcurrency: CAP });
  const load = (seconds) => ownLoad(bench, target, { model: `json-${SLOW_MS}`, connections: 10 * CAP, seconds: seconds + RAMP_MS / 1000, rampMs: RAMP_MS });
  const samples = [];
  try {
    await warmUp(bench, () => target);
    for (let round = 0; round < rounds; round++) {
      await leadIn(bench, load);
      samples.push(await measure(bench, { pids: [gateway.pid] }, () => load(bench.seconds(5))));
    }
    return samples;
  } finally {
    await gateway.stop();
  }
}
