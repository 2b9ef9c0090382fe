import type { Socket } from 'node:net';
import { DomainError, uuidv7 } from '@higress/kernel';
import { answerAndClose } from './answer-and-close';

/** What Node's parser could not read, or waited for in vain: one answer, if the caller can still hear it. */
export function refuseUnreadable(fault: Error & { code?: string }, socket: Socket): void {
  if (fault.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else answerAndClose(socket, refusalOf(fault.code), 'openai', uuidv7());
}

function refusalOf(code: string | undefined): DomainError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new DomainError('REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') return new DomainError('INVALID_REQUEST', { http: 431, message: 'The header of the request is too large.' });
  return new DomainError('INVALID_REQUEST', { message: 'The request is not valid HTTP.' });
}
