import type { BlockedAddresses } from '@higress/auth';
import type { Settings } from '@higress/config';
import { DomainError, uuidv7 } from '@higress/kernel';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressOf } from './address-of';
import { useStrictBodies } from './body-parsers';
import { CrossOrigin } from './cross-origin';
import { refuseUnreadable } from './refuse-unreadable';
import { addSecurityHeaders } from './security-headers';
import { sendError } from './send-error';
import { toHttpError } from './to-http-error';

const KIB = 1024;
/** LiteLLM's price file has well over a megabyte; nothing else that people send is as large. */
const MOST_PRICE_LIST_BYTES = 4096 * KIB;
/** A request that is not whole by then is refused; Node looks every {@link CHECK_MS}. */
const REQUEST_MS = 25_000;
const HEADERS_MS = 20_000;
const CHECK_MS = 2_000;
/** What a load balancer and a scraper ask, from wherever they are. */
const PROBES = new Set(['/health', '/ready', '/metrics']);

/**
 * Node's HTTP server with bounds everywhere: its defaults let a slow body stand open for ever, believe any `X-Forwarded-For`,
 * and wait a minute for a socket that a load balancer has already closed.
 */
export function createAdapter(settings: Settings<'gateway'>, blocked: BlockedAddresses): FastifyAdapter {
  const adapter = new LeanAdapter({
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
  const crossOrigin = settings.CORS_ALLOWED_ORIGINS.length > 0 ? new CrossOrigin(settings.CORS_ALLOWED_ORIGINS) : null;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (crossOrigin?.admit(request, reply)) return;
    const refusal = refusalOf(request, blocked);
    if (refusal === null) return done();
    if (refusal.code !== 'UNSUPPORTED_MEDIA_TYPE') reply.header('connection', 'close');
    done(refusal);
  });
  const priceImport = `${settings.API_V1_STR}/prices/import`;
  fastify.addHook('onRoute', (route) => {
    if (route.url === priceImport) route.bodyLimit = Math.max(settings.MAX_REQUEST_BYTES, MOST_PRICE_LIST_BYTES);
  });
  fastify.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    addSecurityHeaders(request, reply);
  });
  useStrictBodies(adapter, settings.MAX_REQUEST_BYTES, priceImport);
  return adapter;
}

/** Without the engine for Nest's middleware, of which there is none here: it would look at every request. */
class LeanAdapter extends FastifyAdapter {
  override init(): Promise<void> {
    return Promise.resolve();
  }
}

/** Why a request is answered before anybody looks who sends it; nearly always null. */
function refusalOf(request: FastifyRequest, blocked: BlockedAddresses): DomainError | null {
  if (repeatsHost(request.raw.rawHeaders)) return new DomainError('INVALID_REQUEST', { message: 'The request has more than one Host.' });
  if (blocked.any && !PROBES.has(request.url.split('?', 1)[0] as string) && blocked.has(addressOf(request))) return new DomainError('IP_NOT_ALLOWED', { message: 'Calls from this address are refused.' });
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return new DomainError('UNSUPPORTED_MEDIA_TYPE', { message: 'Send the body uncompressed.' });
  return null;
}

/** Node keeps the first of two, and a proxy before us may have kept the second. */
function repeatsHost(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts++;
  return hosts > 1;
}
