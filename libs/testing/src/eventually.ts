import { setTimeout as pause } from 'node:timers/promises';

/**
 * Polls `probe` every 10 ms until it gives something truthy, and returns that. For what can only be looked at: a row, a key, a file.
 * @throws after `withinMs` (5,000), naming `what` and the last error of the probe
 */
export async function eventually<T>(what: string, probe: () => T | Promise<T>, withinMs = 5_000): Promise<NonNullable<T>> {
  let last: unknown;
  for (const end = Date.now() + withinMs; ; await pause(10)) {
    try {
      const seen = await probe();
      if (seen) return seen;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}${last === undefined ? '' : ` (${String(last)})`}`, { cause: last });
  }
}

/** The promise's value, or an error that names `what` when it takes longer than `ms`. Does not cancel anything. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const clock = new AbortController();
  const late = pause(ms, undefined, { signal: clock.signal }).then(() => Promise.reject(new Error(`not within ${ms} ms: ${what}`)));
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clock.abort();
  }
}
