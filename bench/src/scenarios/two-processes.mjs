import { jsonLoad } from '../load/wrk.mjs';
import { prepareGateway } from '../systems/gateway.mjs';
import { KEYS } from '../systems/gateway-file.mjs';
import { startStores } from '../systems/stores.mjs';
import { measure } from './measure.mjs';
import { leadIn, warmUp } from './warm-up.mjs';

const CLIENTS = 64;

/**
 * One process, then two with as many clients each on one Redis and one Postgres. With four cores or more each process has a core of its
 * own and the ratio of throughputs is measured. With fewer, both share one core and throughput cannot grow. There a third pair helps to
 * project it (`summariseTwo`): processes that are `apart`, with stores of their own, and share nothing but the core.
 * @returns one sample per round: `one` process, the pair `together` on the same stores, and the pair `apart` where it is needed
 */
export async function twoProcesses(bench, rounds) {
  const { ports, cores } = bench;
  const isMeasured = cores.canShowTwo;
  const second = await bench.startGateway(ports.secondGateway, { core: cores.second });
  const stranger = isMeasured ? null : await startStranger(bench);
  const pids = { first: bench.systems.gateway.pid, second: second.pid, stranger: stranger?.pid };
  const settings = {
    one: () => under(bench, [pids.first], [ports.gateway]),
    together: () => under(bench, [pids.first, pids.second], [ports.gateway, ports.secondGateway]),
    ...(stranger && { apart: () => under(bench, [pids.first, pids.stranger], [ports.gateway, ports.strangerGateway]) }),
  };
  try {
    for (const port of [ports.secondGateway, ...(stranger ? [ports.strangerGateway] : [])]) await warmUp(bench, () => targetOf(port));
    const samples = [];
    for (let round = 0; round < rounds; round++) {
      const sample = {};
      const names = Object.keys(settings);
      for (let i = 0; i < names.length; i++) {
        const name = names[(i + round) % names.length];
        sample[name] = await settings[name]();
      }
      samples.push({ ...sample, isMeasured });
    }
    return samples;
  } finally {
    await second.stop();
    await stranger?.stop();
  }
}

/** A third process, with a Redis and a Postgres that no other process knows. */
async function startStranger(bench) {
  const { ports } = bench;
  const stores = await startStores({ ports: { postgres: ports.strangerPostgres, redis: ports.strangerRedis } }, 'stranger');
  const start = await prepareGateway({ ...bench, stores });
  const gateway = await start(ports.strangerGateway);
  return {
    pid: gateway.pid,
    async stop() {
      await gateway.stop();
      await stores.stop();
    },
  };
}

async function under(bench, pids, ports) {
  const load = async (seconds) => sum(await Promise.all(ports.map((port) => jsonLoad(bench, targetOf(port), { model: 'json-0', connections: CLIENTS, seconds }))));
  await leadIn(bench, load);
  return measure(bench, { pids, stores: bench.stores }, () => load(bench.seconds(4)));
}

function targetOf(port) {
  return { port, headers: { authorization: `Bearer ${KEYS.postpaid}` } };
}

function sum(results) {
  const total = (pick) => results.reduce((all, each) => all + pick(each), 0);
  return { answered: total((r) => r.answered), refused: total((r) => r.refused), broken: total((r) => r.broken), perSecond: total((r) => r.perSecond) };
}
