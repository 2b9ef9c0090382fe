import type { DomainError } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { numberIn } from '../canonical/loose';
import { streamError } from '../canonical/stream-error';

/** The error that a chunk tells, in OpenAI's form or as one of its own that is nothing else; null for any other chunk. */
export function readChatError(chunk: Json): DomainError | null {
  if (!chunk.error && chunk.object !== 'error') return null;
  const { message, code } = isObject(chunk.error) ? chunk.error : chunk;
  const status = numberIn(code);
  return streamError({ message, status: status !== undefined && status >= 400 && status <= 599 ? status : undefined, isRateLimit: code === 'rate_limit_exceeded' });
}
