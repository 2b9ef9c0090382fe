import type { Reaper } from '@higress/billing';
import { orphanReap } from '@higress/queues';
import type { JobProcessor } from '../processing/job-processor';

/** Ends the holds of calls whose gateway has died. */
export function orphanReapProcessor(reaper: Reaper): JobProcessor {
  return { contract: orphanReap, run: () => reaper.run() };
}
