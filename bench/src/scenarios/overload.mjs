import { ownLoad } from '../load/own-load.mjs';
import { KEYS } from '../systems/gateway-file.mjs';
import { measure } from './measure.mjs';
import { warmUp } from './warm-up.mjs';

export const CAP = 20;
export const QUEUE_MS = 250;
export const SLOW_MS = 500;

/** Ten times as many clients as a gateway lets run at once, each asking again as soon as it is answered or refused. One sample per round. */
export async function overload(bench, rounds) {
  const port = bench.ports.smallGateway;
  const target = { port, headers: { authorization: `Bearer ${KEYS.postpaid}` } };
  const gateway = await bench.startGateway(port, { maxConcurrency: CAP });
  const samples = [];
  try {
    await warmUp(bench, () => target);
    for (let round = 0; round < rounds; round++) {
      samples.push(await measure(bench, { pids: [gateway.pid] }, () => ownLoad(bench, target, { model: `json-${SLOW_MS}`, connections: 10 * CAP, seconds: bench.seconds(5) })));
    }
    return samples;
  } finally {
    await gateway.stop();
  }
}
