import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { ROOT, SCRATCH, scratch } from '../machine/place.mjs';
import { runPinned, startPinned, untilReady } from '../machine/pinned.mjs';
import { writeGatewayFile } from './gateway-file.mjs';

const SECRET = 'a secret of the benchmark, good for nothing else';
const MAX_CONCURRENCY = 4096;

/** How the images have memory allocated: the bench measures what is shipped. */
function allocationOfImage() {
  const lines = readFileSync(join(ROOT, 'docker/Dockerfile'), 'utf8').matchAll(/^ENV (MALLOC_ARENA_MAX|NODE_OPTIONS)=(.*)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
}

/** The built gateway with everything on, as an operator would start it: environment variables, a gateway.yaml, migrations first. */
export async function prepareGateway({ node, stores, upstreams, cores }) {
  const env = {
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    JWT_SECRET_KEY: SECRET,
    JWT_ALGORITHM: 'HS256',
    BOOTSTRAP_ADMIN_PASSWORD: SECRET,
    GATEWAY_CONFIG: writeGatewayFile(upstreams),
    OUTBOUND_PRIVATE_ALLOW: '127.0.0.0/8',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'INFO',
    LOG_JSON_FORMAT: 'true',
    SHUTDOWN_DELAY_SECONDS: '0',
    SHUTDOWN_GRACE_SECONDS: '5',
    NODE_ENV: 'production',
    ...allocationOfImage(),
  };
  const cwd = scratch('gateway/');
  mkdirSync(cwd, { recursive: true });
  await runPinned(cores.others, node, [join(ROOT, 'dist/apps/ctl/main.js'), 'migrate', 'up'], { cwd, env: { ...process.env, ...env } });

  /** Its log lines go to a file through stdout, its charges to a spool of its own. */
  return async function start(port, { core = cores.system, maxConcurrency = MAX_CONCURRENCY, nodeArgs = [] } = {}) {
    const log = scratch(`logs/gateway-${port}.log`);
    rmSync(log, { force: true });
    const own = { PORT: String(port), SPOOL_DIR: join(SCRATCH, `gateway/spool-${port}`), GATEWAY_MAX_CONCURRENCY: String(maxConcurrency) };
    const started = startPinned(core, node, [...nodeArgs, join(ROOT, 'dist/apps/gateway/main.js')], { cwd, env: { ...env, ...own }, log });
    await untilReady(started, 'the gateway', 30_000, async () => {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}/ready`);
      await body.dump();
      return statusCode === 200;
    });
    return started;
  };
}
