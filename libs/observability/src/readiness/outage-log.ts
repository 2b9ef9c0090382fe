import type { Logger } from 'pino';
import { reasonOf } from './reason-of';

/** Turns the same error four times a second into two lines: one when a part goes away, one when it is back. */
export class OutageLog {
  private since: number | undefined;

  constructor(
    private readonly logger: Logger,
    /** `state Redis`, `Postgres`. */
    private readonly part: string,
  ) {}

  readonly away = (error: unknown): void => {
    if (this.since !== undefined) return;
    this.since = Date.now();
    this.logger.warn({ reason: reasonOf(error) }, `${this.part} is away`);
  };

  readonly back = (): void => {
    if (this.since === undefined) return;
    this.logger.info({ awayMs: Date.now() - this.since }, `${this.part} is back`);
    this.since = undefined;
  };
}
