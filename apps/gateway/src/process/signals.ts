import type { Logger } from 'pino';

export interface SignalHandlers {
  /** SIGTERM, SIGINT: once. The process exits 0 after it. */
  stop(): Promise<void>;
  /** SIGHUP. A failure is logged, and everything stays as it was. */
  reload(): Promise<void>;
  readonly logger: Logger;
}

/** What signals mean to a gateway. A second SIGINT ends it at once. */
export function onSignals({ stop, reload, logger }: SignalHandlers): void {
  let stopping = false;
  const end = (signal: NodeJS.Signals) => {
    if (stopping) {
      if (signal === 'SIGINT') process.exit(130);
      return;
    }
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', () => {
    reload().catch((error: unknown) => logger.error({ reason: (error as Error).message }, 'gateway.yaml was not applied'));
  });
}
