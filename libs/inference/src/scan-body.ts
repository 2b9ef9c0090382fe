import { DomainError } from '@higress/kernel';
import { type ScannedJson, scanJson } from '@higress/wire';

/** The body of a request that is told in JSON. @throws DomainError INVALID_JSON, INVALID_REQUEST */
export function scanBody(body: Buffer): ScannedJson {
  if (body.length === 0) throw new DomainError('INVALID_JSON', { message: 'The body is empty.' });
  return scanJson(body);
}
