import type { Reconciler } from '@higress/billing';
import { reconcile } from '@higress/queues';
import type { JobProcessor } from '../processing/job-processor';

/** Compares the book with itself. A difference is told and frozen by the reconciler, and does not fail the job: another try would not mend it. */
export function reconcileProcessor(reconciler: Reconciler): JobProcessor {
  return { contract: reconcile, run: async () => ({ differences: (await reconciler.run()).length }) };
}
