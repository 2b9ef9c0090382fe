import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { DomainError } from '@higress/kernel';
import { JOBS, QUEUES, queuePrefix } from '@higress/queues';
import type { RedisConnection } from '@higress/redis';
import { Queue } from 'bullmq';
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { BoardSessions } from '../session/board-sessions';
import { isSameOrigin } from '../session/is-same-origin';
import { readSessionCookie, writeSessionCookie } from '../session/session-cookie';

export const BOARD_PATH = '/board';

/** bull-board's page needs its own scripts and inline styles; what it would load from elsewhere (a font) it does without. */
const BOARD_POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

const AWAY = 'The state Redis is away.';
/** bull-board's type lists only what it sends itself; it passes on any status. */
const UNAVAILABLE = 503 as 500;

export interface QueueBoardOptions {
  /** A connection of the role `queue`. */
  readonly redis: RedisConnection;
  /** `CACHE_PREFIX`. */
  readonly prefix: string;
  /** `PROJECT_NAME`. */
  readonly project: string;
  readonly sessions: BoardSessions;
  /** Hears what goes wrong in a request and is not told to the visitor. */
  readonly onError: (error: Error) => void;
}

/** bull-board under {@link BOARD_PATH}, its page, its API and its files, each for owners who have logged in only. */
export function queueBoard(options: QueueBoardOptions): FastifyPluginCallback {
  const board = assemble(options);
  return (fastify: FastifyInstance, _settings, done) => {
    fastify.addHook('onRequest', (request, reply) => admit(options, request, reply));
    void fastify.register(board.registerPlugin() as FastifyPluginCallback, { prefix: BOARD_PATH });
    done();
  };
}

function assemble({ redis, prefix, project, onError }: QueueBoardOptions): FastifyAdapter {
  const queues = QUEUES.map((name) => {
    const queue = new Queue(name, { connection: redis, prefix: queuePrefix(prefix), skipMetasUpdate: true }).on('error', () => undefined);
    return new BullMQAdapter(queue, { description: JOBS.filter((job) => job.queue === name).map((job) => job.name).join(', ') });
  });
  const serverAdapter = new FastifyAdapter().setBasePath(BOARD_PATH);
  const uiConfig = { boardTitle: `${project}: queues`, miscLinks: [{ text: 'Log out', url: '/logout' }], hideDocsLink: true };
  createBullBoard({ queues, serverAdapter, options: { uiConfig } });
  return serverAdapter.setErrorHandler((error: Error & { statusCode?: number }) => {
    if (error.statusCode === 503) return { status: UNAVAILABLE, body: { error: AWAY } };
    onError(error);
    return { status: 500, body: { error: 'Something went wrong here. The log tells more.' } };
  });
}

/** Lets an owner pass; sends everybody else away before anything is looked at. */
async function admit({ sessions, redis }: QueueBoardOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  void reply.header('content-security-policy', BOARD_POLICY);
  const isPage = !request.url.startsWith(`${BOARD_PATH}/api/`);
  const refuse = (status: number, error: string) => reply.status(status).send({ error });
  if (request.method !== 'GET' && request.method !== 'HEAD' && !isSameOrigin(request.headers, request.host)) return refuse(403, 'This came from another site.');

  const token = readSessionCookie(request.headers.cookie);
  const session = token ? await sessions.identify(token).catch(away) : null;
  if (session === 'away') return refuse(503, 'The database is away.');
  if (!session) return isPage ? reply.redirect('/login', 302) : refuse(401, 'Log in first.');
  if (session.renewed) void reply.header('set-cookie', writeSessionCookie(session.renewed, sessions.lifeSeconds, request.protocol === 'https'));
  // BullMQ would wait for Redis, and the visitor with it. A call that is under way when Redis goes is ended by the server's `handlerTimeout`.
  if (!isPage && redis.status !== 'ready') return refuse(503, AWAY);
  return undefined;
}

function away(error: unknown): 'away' {
  if (error instanceof DomainError) return 'away';
  throw error;
}
