import type { Logger } from 'pino';
import type { Readiness } from './readiness';

export interface StopOptions {
  readonly readiness: Readiness;
  readonly logger: Logger;
  /** Ends what runs and closes what is open, within bounds of its own. */
  readonly stop: () => Promise<void>;
}

/**
 * From SIGTERM or SIGINT on: not ready at once, then `stop`, then exit 0, or 1 when `stop` rejects. `/health` and `/ready` answer until then.
 * The process is ended and not left to end by itself: a connection that is still trying to connect would keep it.
 */
export function stopOnSignal({ readiness, logger, stop }: StopOptions): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    readiness.stop();
    logger.info({ signal }, 'stopping');
    void stop().then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
