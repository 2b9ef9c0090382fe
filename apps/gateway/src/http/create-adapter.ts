import type { Settings } from '@higress/config';
import { DomainError, uuidv7 } from '@higress/kernel';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseUnreadable } from './refuse-unreadable';
import { sendError } from './send-error';
import { toHttpError } from './to-http-error';

const KIB = 1024;
/** A request that is not whole by then is refused; Node looks every {@link CHECK_MS}. */
const REQUEST_MS = 25_000;
const HEADERS_MS = 20_000;
const CHECK_MS = 2_000;

/**
 * Node's HTTP server with bounds everywhere: its defaults let a slow body stand open for ever, believe any `X-Forwarded-For`,
 * and wait a minute for a socket that a load balancer has already closed.
 */
export function createAdapter(settings: Settings<'gateway'>): FastifyAdapter {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: settings.MAX_REQUEST_BYTES,
    trustProxy: settings.TRUSTED_PROXIES.length > 0 ? settings.TRUSTED_PROXIES : false,
    genReqId: () => uuidv7(),
    requestIdHeader: false,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: 75_000,
    maxRequestsPerSocket: 0,
    forceCloseConnections: 'idle',
    // Probes stay what they are to the end; inference refuses by itself, in its own words.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: CHECK_MS, maxHeaderSize: 16 * KIB, noDelay: true },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => sendError(request, reply, toHttpError(error)),
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!repeatsHost(request.raw.rawHeaders)) return done();
    reply.header('connection', 'close');
    done(new DomainError('INVALID_REQUEST', { message: 'The request has more than one Host.' }));
  });
  fastify.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  return adapter;
}

/** Node keeps the first of two, and a proxy before us may have kept the second. */
function repeatsHost(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts++;
  return hosts > 1;
}
