import { setTimeout as sleep } from 'node:timers/promises';
import { measure } from './measure.mjs';
import { overload } from './overload.mjs';
import { COMPARED } from './scenarios.mjs';
import { twoProcesses } from './two-processes.mjs';
import { leadIn, warmUp } from './warm-up.mjs';

/**
 * All rounds. The systems are started and warmed once; in each round every scenario is run by every system in turn, unmeasured for a while
 * and then measured, in an order that moves on by one from round to round, so that a slow minute of the machine hits all alike.
 * @returns samples by scenario and contender, one per round
 */
export async function runRounds(bench) {
  const { options } = bench;
  const samples = {};
  const keep = (scenario, name, sample) => ((samples[scenario] ??= {})[name] ??= []).push(sample);
  await startSystems(bench);
  for (const name of present(bench, ['floor', 'peer', 'postpaid', 'prepaid'])) {
    bench.say(`warming up: ${name}`);
    const isTranslating = name === 'postpaid' && options.scenarios.includes('burst-32-translated');
    await warmUp(bench, bench.contenders[name].of, isTranslating ? ['msg-100-0'] : []);
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const id of options.scenarios.filter((each) => each in COMPARED)) {
      for (const name of rotated(present(bench, COMPARED[id].contenders), round)) {
        bench.say(`round ${round + 1} of ${options.rounds}: ${id}, ${name}`);
        keep(id, name, await runOne(bench, id, name));
        await sleep(200); // what the last load left behind, closing sockets and settling, should not fall to the next
      }
    }
  }
  await runAlone(bench, keep);
  await stopSystems(bench);
  return samples;
}

/** What only the gateway is put through, with processes of its own. */
async function runAlone(bench, keep) {
  const { options, systems } = bench;
  for (const [id, scenario] of Object.entries({ 'two-processes': twoProcesses, overload })) {
    if (!systems.gateway || !options.scenarios.includes(id)) continue;
    bench.say(id);
    for (const sample of await scenario(bench, options.rounds)) keep(id, 'postpaid', sample);
  }
}

async function runOne(bench, id, name) {
  const { system, of } = bench.contenders[name];
  const { kind, run } = COMPARED[id];
  const load = (seconds) => run(bench, of(kind), seconds);
  if (system) await leadIn(bench, load);
  const pids = system ? [bench.systems[system].pid] : [];
  return measure(bench, { pids, stores: system === 'gateway' ? bench.stores : null }, () => load());
}

async function startSystems(bench) {
  for (const name of bench.options.systems) bench.systems[name] = await bench.starters[name]();
}

async function stopSystems(bench) {
  for (const [name, started] of Object.entries(bench.systems)) {
    await started.stop();
    delete bench.systems[name];
  }
}

function present(bench, names) {
  return names.filter((name) => bench.contenders[name].system === null || bench.contenders[name].system in bench.systems);
}

function rotated(names, by) {
  const at = by % names.length;
  return [...names.slice(at), ...names.slice(0, at)];
}
