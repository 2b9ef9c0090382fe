import { coreUse, readCores } from '../machine/cores.mjs';
import { cpuMicros, watchMemory } from '../machine/process-cost.mjs';

/**
 * Runs a load and adds what it cost: CPU time of the system (and of the stores, where it uses them) per answer and per chunk,
 * its highest resident memory, and how busy the other core was, so that a bottleneck elsewhere shows.
 * @param {{ pids: number[], stores?: import('../systems/stores.mjs') | null }} system
 */
export async function measure({ cores }, { pids, stores }, load) {
  const redis = stores?.redisPids() ?? [];
  const postgres = stores?.postgresPids() ?? [];
  const memory = watchMemory(pids);
  const before = { cores: readCores(), cpu: cpuMicros(pids), redis: cpuMicros(redis), postgres: cpuMicros(postgres) };
  const result = await load();
  const spent = { cpu: cpuMicros(pids) - before.cpu, redis: cpuMicros(redis) - before.redis, postgres: cpuMicros(postgres) - before.postgres };
  const after = readCores();
  const answers = result.answered + result.refused;
  return {
    ...result,
    memoryMb: memory.stop(),
    cpuPerRequest: spent.cpu / answers,
    redisPerRequest: spent.redis / answers,
    postgresPerRequest: spent.postgres / answers,
    cpuPerChunk: result.chunks ? spent.cpu / result.chunks : null,
    systemBusy: coreUse(before.cores, after, [Number(cores.system)]).busy,
    othersBusy: coreUse(before.cores, after, cores.otherCores).busy,
    steal: coreUse(before.cores, after, before.cores.map((_, i) => i)).steal,
  };
}
