import { DomainError } from '@higress/kernel';
import { fingerprintOf, IdempotentAnswers, readIdempotencyKey } from '@higress/replay';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, type RawBodyRequest } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { toHttpError } from '../../http/to-http-error';
import type { ManagementRequest } from './access.guard';

/** The longest that a management call may run. */
const LIFE_MS = 60_000;
/** What of an answer's header is given again with it. */
const KEPT_HEADERS = ['etag', 'location'];
/** An index of Postgres takes entries of 2704 bytes, the tenant among them. */
const MOST_KEY_BYTES = 2_600;
const NOTHING = Buffer.alloc(0);

/**
 * A POST with an `Idempotency-Key` happens once: the same person's same request gets the first answer again for 24 hours. What was refused with a 4xx has changed
 * nothing, and frees the key. After a 5xx nobody knows whether it was committed, so the key stays refused.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly answers: IdempotentAnswers) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<RawBodyRequest<ManagementRequest>>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const { method, url, id: requestId, identity, body, rawBody, headers } = request;
    const header = headers['idempotency-key'];
    if (header === undefined || method !== 'POST' || !identity) return next.handle();
    // A price list is not read before its route does.
    const bytes = body === undefined && rawBody !== undefined && rawBody.length > 0 ? rawBody : Buffer.from(JSON.stringify(body ?? null));
    const fingerprint = fingerprintOf(method, url, bytes);
    // Each person and path has keys of its own: an owner may credit two tenants under one. No header can hold the spaces. The query is in the fingerprint.
    const key = `${identity.userId} ${url.split('?', 1)[0]} ${readIdempotencyKey(header)}`;
    if (Buffer.byteLength(key) > MOST_KEY_BYTES) throw new DomainError('INVALID_REQUEST', { message: 'The path is too long for an Idempotency-Key.', param: 'Idempotency-Key' });
    const claim = await this.answers.claim({ tenantId: identity.tenantId, key, fingerprint, requestId, lifeMs: LIFE_MS });
    if ('body' in claim) {
      for (let i = 0; i + 1 < claim.headers.length; i += 2) reply.header(claim.headers[i] as string, claim.headers[i + 1]);
      reply.header('idempotent-replayed', 'true');
      return of(claim.body.length === 0 ? undefined : JSON.parse(claim.body.toString('utf8')));
    }
    let value: unknown;
    try {
      value = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (thrown) {
      await (toHttpError(thrown).http < 500 ? claim.letGo() : claim.breakOff());
      throw thrown;
    }
    const kept = KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [name, String(reply.getHeader(name))] : []));
    await claim.keep({ requestId, status: 200, stream: false, headers: kept, body: value === undefined ? NOTHING : Buffer.from(JSON.stringify(value)) });
    return of(value);
  }
}
