import { errorCode } from './error-code';

/** SQLSTATE classes of an outage: 08 connection, 53 too few resources (too many clients, disk full), 58 a fault of its machine. */
const AWAY_CLASSES = new Set(['08', '53', '58']);
const AWAY_CODES = new Set([
  '57P01', // admin shutdown, or a backend terminated
  '57P02', // crash shutdown
  '57P03', // starting up
  '57P05', // idle session timeout
  '57014', // statement_timeout
  '55P03', // lock_timeout
  '25P03', // idle in transaction timeout
  '25006', // read-only: a primary that was demoted
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
]);
/** Where pg and TypeORM give a text alone: of lost connections, of waits that ran out, and of a query runner whose connection was lost. */
const AWAY_TEXTS = /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable|Driver not Connected)/;
const AWAY_NAMES = new Set(['QueryRunnerAlreadyReleasedError', 'QueryRunnerProviderAlreadyReleasedError']);
const MAX_CAUSES = 5;

/** True when Postgres could not be reached or could not answer in time, so that the same statement may succeed later; false for a mistake of ours. */
export function isDatabaseAway(error: unknown): boolean {
  for (let cause = error, depth = 0; isError(cause) && depth < MAX_CAUSES; cause = cause.cause, depth++) {
    const code = errorCode(cause);
    if (AWAY_CODES.has(code) || (code.length === 5 && AWAY_CLASSES.has(code.slice(0, 2)))) return true;
    if (code === '' && (AWAY_TEXTS.test(cause.message) || AWAY_NAMES.has(cause.name))) return true;
  }
  return false;
}

function isError(thing: unknown): thing is Error {
  return typeof thing === 'object' && thing !== null && 'message' in thing;
}
