import { setTimeout as sleep } from 'node:timers/promises';
import { ownLoad } from '../load/own-load.mjs';
import { measure } from './measure.mjs';
import { overload } from './overload.mjs';
import { COMPARED } from './scenarios.mjs';
import { twoProcesses } from './two-processes.mjs';

/**
 * All rounds. Each starts the systems anew and warms them; within it every scenario is run by every system in turn, in an order that
 * moves on by one from round to round, so that a slow minute of the machine hits all alike.
 * @returns samples by scenario and contender, one per round
 */
export async function runRounds(bench) {
  const samples = {};
  const keep = (scenario, name, sample) => ((samples[scenario] ??= {})[name] ??= []).push(sample);
  for (let round = 0; round < bench.options.rounds; round++) {
    await startSystems(bench);
    await warmUp(bench);
    for (const id of bench.options.scenarios.filter((each) => each in COMPARED)) {
      for (const name of rotated(present(bench, COMPARED[id].contenders), round)) {
        bench.say(`round ${round + 1} of ${bench.options.rounds}: ${id}, ${name}`);
        keep(id, name, await runOne(bench, id, name));
        await sleep(200); // what the last load left behind, closing sockets and settling, should not fall to the next
      }
    }
    if (bench.systems.gateway && bench.options.scenarios.includes('two-processes')) keep('two-processes', 'postpaid', await twoProcesses(bench));
    await stopSystems(bench);
    if (bench.options.systems.includes('gateway') && bench.options.scenarios.includes('overload')) keep('overload', 'postpaid', await overload(bench));
  }
  return samples;
}

export function runOne(bench, id, name) {
  const { system, of } = bench.contenders[name];
  const { kind, run } = COMPARED[id];
  const target = of(kind);
  const pids = system ? [bench.systems[system].pid] : [];
  return measure(bench, { pids, stores: system === 'gateway' ? bench.stores : null }, () => run(bench, target));
}

export async function startSystems(bench) {
  for (const name of bench.options.systems) bench.systems[name] = await bench.starters[name]();
}

export async function stopSystems(bench) {
  for (const [name, started] of Object.entries(bench.systems)) {
    await started.stop();
    delete bench.systems[name];
  }
}

/** Long enough for the compiler of the slowest to be done with its hot code. */
export async function warmUp(bench) {
  for (const name of present(bench, ['floor', 'peer', 'postpaid', 'prepaid'])) {
    await ownLoad(bench, bench.contenders[name].of('json'), { model: 'json-0', connections: 64, seconds: bench.seconds(3) });
    await ownLoad(bench, bench.contenders[name].of('stream'), { model: 'sse-100-0', connections: 32, seconds: bench.seconds(2) });
  }
}

function present(bench, names) {
  return names.filter((name) => bench.contenders[name].system === null || bench.contenders[name].system in bench.systems);
}

function rotated(names, by) {
  const at = by % names.length;
  return [...names.slice(at), ...names.slice(0, at)];
}
