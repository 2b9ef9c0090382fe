import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 how to collect garbage here. It reads these flags at each collection, so that they may be set while the process runs.
 *
 * Between two collections of old objects the heap may grow by 20 % instead of V8's up to 300 %: what a gateway keeps is small, and
 * collecting it more often costs less than the memory that filled up meanwhile. Where the process has one core, the young generation is
 * collected by the thread that fills it: helper threads could only take turns with that thread, which waits for them.
 */
export function tuneCollector(): void {
  setFlagsFromString('--heap-growing-percent=20');
  if (availableParallelism() === 1) setFlagsFromString('--no-parallel-scavenge');
}
