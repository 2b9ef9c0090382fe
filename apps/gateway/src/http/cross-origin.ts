import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a page's script may read of an answer's header, beside what browsers show anyway. */
const EXPOSED = [
  'x-request-id', 'retry-after', 'x-should-retry', 'x-cache', 'idempotent-replayed', 'etag', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests', 'x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens', 'x-ratelimit-mode', 'x-gateway-dropped-params',
].join(', ');
const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const MAX_AGE_SECONDS = '600';

/**
 * Tells browsers which pages of other origins may call. Cookies play no part: callers present keys and tokens, so credentials are never allowed.
 * A page whose origin is not in the list gets no such header, and its browser keeps the answer from it.
 * @returns true where it was a browser's question beforehand, which is answered herewith
 */
export class CrossOrigin {
  readonly #origins: ReadonlySet<string>;

  /** @param origins `https://app.example`; `*` is all of them */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  admit({ headers, method }: FastifyRequest, reply: FastifyReply): boolean {
    const { origin } = headers;
    if (origin === undefined || !(this.#origins.has(origin) || this.#origins.has('*'))) return false;
    // On Node's own response, because inference writes there.
    reply.raw.setHeader('access-control-allow-origin', origin);
    reply.raw.setHeader('vary', 'Origin');
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) {
      reply.raw.setHeader('access-control-expose-headers', EXPOSED);
      return false;
    }
    reply.raw.setHeader('access-control-allow-methods', METHODS);
    reply.raw.setHeader('access-control-max-age', MAX_AGE_SECONDS);
    const asked = headers['access-control-request-headers'];
    if (asked !== undefined) reply.raw.setHeader('access-control-allow-headers', asked);
    void reply.status(204).send();
    return true;
  }
}
