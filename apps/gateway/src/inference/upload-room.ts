import { DomainError } from '@higress/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How many forms of the largest size may be held at the same time: their bytes stay in memory until their call is over. */
const FORMS_AT_ONCE = 10;

/** Bounds the memory that forms take, those that are still arriving too. */
export class UploadRoom {
  private takenBytes = 0;
  private readonly bytes: number;

  /** @param maxUploadBytes the largest form that is taken */
  constructor(private readonly maxUploadBytes: number) {
    this.bytes = FORMS_AT_ONCE * maxUploadBytes;
  }

  /** Takes room for a request's form until it is answered. Returns why there is none. */
  take({ headers }: FastifyRequest, reply: FastifyReply): DomainError | undefined {
    if (!headers['content-type']?.toLowerCase().startsWith('multipart/')) return undefined;
    const announced = Number(headers['content-length'] ?? this.maxUploadBytes);
    // What is larger is refused before it is read.
    const bytes = announced <= this.maxUploadBytes ? announced : 0;
    if (this.takenBytes + bytes > this.bytes) return new DomainError('OVERLOADED', { message: 'Too many files are being sent at the same time.', retryAfterMs: 1000 });
    this.takenBytes += bytes;
    reply.raw.once('close', () => (this.takenBytes -= bytes));
    return undefined;
  }
}
