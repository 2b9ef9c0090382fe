import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/**
 * Has the young generation collected by the thread that fills it, where this process has one core: helper threads could then only take
 * turns with that thread, which waits for them. V8 reads this flag at each collection, so that it may be set while the process runs.
 */
export function collectAlone(): void {
  if (availableParallelism() === 1) setFlagsFromString('--no-parallel-scavenge');
}
