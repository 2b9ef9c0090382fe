import type { QueueName } from '@higress/queues';
import type { Logger } from 'pino';

const LOST = /ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|Connection is closed|Command timed out/;

/** Hears what BullMQ meets. Lost connections are told of once, where they are opened; everything else is a fault. */
export function logTrouble(logger: Logger, queue: QueueName): (error: Error) => void {
  return (error) => {
    const isLost = LOST.test(`${(error as NodeJS.ErrnoException).code} ${error.message}`);
    logger[isLost ? 'debug' : 'error']({ queue, err: error }, 'trouble with the queue');
  };
}
