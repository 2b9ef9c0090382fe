/**
 * Works through a list, some items at the same time, and resolves to the results in the list's order.
 * After one that failed no other is begun; those that run are waited for, and the first failure is thrown.
 */
export async function inLanes<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const [at, item] of queue) {
      if (failed) return;
      try {
        results[at] = await work(item);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(lanes, items.length) }, lane));
  const failure = ended.find((one) => one.status === 'rejected');
  if (failure) throw failure.reason;
  return results;
}
