import { appendFileSync } from 'node:fs';
import type { BillingLog } from '../billing-log';

/** Appends a line that cannot be charged to a file for a person to look at; where even that fails, the log gets the line. Never throws. */
export function putAside(file: string, line: string, log: BillingLog): void {
  try {
    appendFileSync(file, `${line}\n`, { mode: 0o600 });
    log.warn({ file }, 'A line of the spool was set aside');
  } catch (error) {
    log.error({ err: error, file, line }, 'A line of the spool could not be set aside; here it is');
  }
}
