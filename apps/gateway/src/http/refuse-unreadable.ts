import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError, uuidv7 } from '@higress/kernel';
import { formatError } from '@higress/wire';

/** What Node's parser could not read, or waited for in vain: one answer, if the caller can still hear it, and the connection is closed. */
export function refuseUnreadable(fault: Error & { code?: string }, socket: Socket): void {
  if (fault.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const error = refusalOf(fault.code);
  const traceId = uuidv7();
  const body = JSON.stringify(formatError('openai', error, traceId));
  const head = [`HTTP/1.1 ${error.http} ${STATUS_CODES[error.http]}`, 'content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, `x-request-id: ${traceId}`, 'connection: close'];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function refusalOf(code: string | undefined): DomainError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new DomainError('REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') return new DomainError('INVALID_REQUEST', { http: 431, message: 'The header of the request is too large.' });
  return new DomainError('INVALID_REQUEST', { message: 'The request is not valid HTTP.' });
}
