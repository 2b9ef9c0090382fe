import { ownLoad } from '../load/own-load.mjs';
import { KEYS } from '../systems/gateway-file.mjs';
import { measure } from './measure.mjs';

export const CAP = 20;
export const QUEUE_MS = 250;
export const SLOW_MS = 500;

/** Ten times as many clients as a gateway lets run at once, each asking again as soon as it is answered or refused. */
export async function overload(bench) {
  const port = bench.ports.smallGateway;
  const target = { port, headers: { authorization: `Bearer ${KEYS.postpaid}` } };
  const gateway = await bench.startGateway(port, { maxConcurrency: CAP });
  try {
    await ownLoad(bench, target, { model: 'json-0', connections: CAP, seconds: 1 });
    const system = { pids: [gateway.pid] };
    return await measure(bench, system, () => ownLoad(bench, target, { model: `json-${SLOW_MS}`, connections: 10 * CAP, seconds: bench.seconds(5) }));
  } finally {
    await gateway.stop();
  }
}
