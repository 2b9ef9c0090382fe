import { embedded } from './embedded';
import { freshDir, watchOver } from './run-dir';

/** A server of the caller's own, to be taken away and brought back. Its port and its data stay the same throughout. */
export interface StoreServer {
  readonly url: string;
  readonly port: number;
  /** Orderly shutdown; connections are closed, new ones refused. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Frozen: connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
}

export interface RedisServerOptions {
  /** Keep the data over a restart; false unless told. */
  readonly persist?: boolean;
  /** As in redis.conf. */
  readonly settings?: Record<string, string>;
}

const MOST_PORTS = 5;

/** An own Redis. Needs a native one for `persist`. */
export async function startRedisServer({ persist = false, settings }: RedisServerOptions = {}): Promise<StoreServer> {
  for (let attempt = 1; ; attempt++) {
    const dir = freshDir('redis');
    const port = await embedded.freePort();
    try {
      return await storeServer('redis', () => embedded.startRedis({ dir, port, persist, settings }));
    } catch (error) {
      // A cluster's bus listens 10,000 ports higher, where an outgoing connection of anybody may stand.
      if (attempt === MOST_PORTS || !(error as Error).message.includes('is in use')) throw error;
    }
  }
}

/** An own Postgres, empty, with the superuser's URL. Takes about a second. */
export async function startPostgresServer(settings: Record<string, string> = {}): Promise<StoreServer> {
  const dataDir = `${freshDir('postgres')}/data`;
  const port = await embedded.freePort();
  return storeServer('postgres', () => embedded.startPostgres({ dataDir, port, settings: { fsync: 'off', max_connections: '100', ...settings } }));
}

async function storeServer(name: string, launch: () => ReturnType<typeof embedded.startRedis | typeof embedded.startPostgres>): Promise<StoreServer> {
  let server = await launch();
  let forget = watchOver(name, server.pid);
  return {
    url: server.url,
    port: server.port,
    async stop() {
      await server.stop();
      forget();
    },
    async kill() {
      await server.kill();
      forget();
    },
    async start() {
      server = await launch();
      forget = watchOver(name, server.pid);
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
  };
}
