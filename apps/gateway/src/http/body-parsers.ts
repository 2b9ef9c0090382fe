import { DomainError } from '@higress/kernel';
import { strictJson } from '@higress/wire';
import type { FastifyAdapter } from '@nestjs/platform-fastify';

/**
 * Reads the bodies of Nest's routes as strictly as those of inference: no invalid UTF-8, no repeated member, no `__proto__`, no number beyond range,
 * no nesting over 64 levels. Node's own parser lets all of that through.
 * @param unread the route whose bodies are so large that reading them holds everybody up: it reads `rawBody` itself, once it knows who sends it
 */
export function useStrictBodies(adapter: FastifyAdapter, bodyLimit: number, unread: string): void {
  adapter.useBodyParser('application/json', true, { bodyLimit }, (request, body, done) => {
    if (request.routeOptions.url === unread) return done(null, undefined);
    try {
      done(null, body.length === 0 ? undefined : strictJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  adapter.useBodyParser('application/x-www-form-urlencoded', false, { bodyLimit }, (request, body, done) => {
    if (request.routeOptions.url === unread) return done(null, undefined);
    const fields = new URLSearchParams(body.toString());
    const names = [...fields.keys()];
    if (names.includes('__proto__') || new Set(names).size < names.length) done(new DomainError('INVALID_REQUEST', { message: 'A field of the body is repeated.' }));
    else done(null, Object.fromEntries(fields));
  });
}
