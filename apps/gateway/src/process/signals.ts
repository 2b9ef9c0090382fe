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
  let interrupted = false;
  const end = (signal: NodeJS.Signals) => {
    // One of several processes hears of one Ctrl-C twice: from the terminal, and as SIGTERM from its supervisor, in either order.
    if (signal === 'SIGINT' && interrupted) process.exit(130);
    interrupted ||= signal === 'SIGINT';
    if (stopping) return;
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
