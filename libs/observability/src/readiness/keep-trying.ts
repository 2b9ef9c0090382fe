import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { reasonOf } from './reason-of';

const EVERY_MS = 1000;

export interface Persistence {
  /** What is being tried, for the log: `connecting to Postgres`. */
  readonly what: string;
  readonly logger: Logger;
  /** Gives up, rejecting with its reason. */
  readonly signal: AbortSignal;
  /** An error that another try cannot mend is thrown on. Default: every error can be mended. */
  readonly isHopeless?: (error: unknown) => boolean;
}

/** Does `work` until it works, once a second: a service that is started before its stores waits for them. Logs the first failure and the end of it. */
export async function keepTrying<T>(work: () => Promise<T>, { what, logger, signal, isHopeless = () => false }: Persistence): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const value = await work();
      if (attempt > 1) logger.info({ attempts: attempt }, `${what}: done`);
      return value;
    } catch (error) {
      if (isHopeless(error)) throw error;
      if (attempt === 1) logger.warn({ reason: reasonOf(error) }, `${what}: not yet, trying again every second`);
      await pause(EVERY_MS, undefined, { signal });
    }
  }
}
