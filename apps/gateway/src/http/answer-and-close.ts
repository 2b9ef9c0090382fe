import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { DomainError } from '@higress/kernel';
import { type ErrorDialect, errorHeaders, formatError } from '@higress/wire';

/** How long a caller may go on sending what nobody reads, before the connection is cut. */
const LINGER_MS = 1_000;

/**
 * Answers and closes a connection whose caller may still be sending. Ours is the first half to be closed, and what comes meanwhile is dropped:
 * a connection closed with bytes unread is reset, and the caller would see that instead of the answer.
 */
export function answerAndClose(socket: Socket, error: DomainError, dialect: ErrorDialect, traceId: string): void {
  const body = JSON.stringify(formatError(dialect, error, traceId));
  const fields = [['content-type', 'application/json'], ['content-length', String(Buffer.byteLength(body))], ['x-request-id', traceId], ...errorHeaders(error), ['connection', 'close']];
  const head = [`HTTP/1.1 ${error.http} ${STATUS_CODES[error.http]}`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  const cut = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(cut));
}
