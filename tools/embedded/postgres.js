/** A real PostgreSQL from npm's binaries, for development and tests. */
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { explainFullDisk } = require('./disk.js');
const { isPortFree, portBusyMessage } = require('./port.js');
const { preparePostgresHome } = require('./postgres-home.js');
const { bornAt, childrenOf, endProcess, isSameProcess, processesIn } = require('./process-identity.js');

const READY_WITHIN_MS = 30_000;

/**
 * @typedef {object} PostgresOptions
 * @property {string} dataDir made and initialised when it is not there yet
 * @property {number} port ignored when a server left behind is adopted: `url` tells the port that serves
 * @property {string} [user] superuser, made at initialisation
 * @property {string} [password]
 * @property {string} [database] made when missing; the one that `url` names
 * @property {string} [log] file that the server's own words are appended to
 * @property {Record<string, string>} [settings] as in postgresql.conf
 * @property {boolean} [detached] true keeps a Ctrl-C of the terminal from reaching the server before its clients
 * @property {string} [variable] the setting to name when the port is busy
 */

/**
 * Starts the server of `dataDir`, or adopts the one that a killed predecessor left running there.
 * @param {PostgresOptions} options
 * @returns {Promise<import('./index.js').PostgresServer>}
 * @throws with a sentence for a human when the port is busy, the disk is full, or the server ends by itself
 */
async function startPostgres(options) {
  const home = preparePostgresHome(options.dataDir);
  const settings = { user: 'gateway', password: 'gateway', database: 'postgres', log: `${path.resolve(options.dataDir)}.log`, ...options };
  try {
    const left = await serverLeftBehind(home.dataDir);
    if (left) return await serve(home, { ...settings, port: left.port }, left, true);
    if (!(await isPortFree(settings.port))) throw busyPort(settings);
    initialise(home, settings);
    return await serve(home, settings, await launch(home, settings), false);
  } catch (error) {
    throw explainFullDisk(error, home.dataDir);
  }
}

/**
 * The server that still runs on this data directory, from its own lock file. Otherwise waits for the last children of one that was killed
 * and clears its lock: Postgres itself would obey it while the pid is a zombie's, or another program's by now.
 */
async function serverLeftBehind(dataDir) {
  const lock = path.join(dataDir, 'postmaster.pid');
  if (!fs.existsSync(lock)) return null;
  const [pid, , , port, , , , status] = fs.readFileSync(lock, 'utf8').split('\n').map((line) => line.trim());
  const known = { pid: Number(pid), born: bornAt(Number(pid)) };
  const isOurs = known.born !== null && (process.platform !== 'linux' || processesIn(dataDir).includes(known.pid));
  if (isOurs && status !== 'stopping' && Number(port) > 0) return { ...known, port: Number(port) };
  for (const end = Date.now() + 10_000; processesIn(dataDir).length > 0 || (isOurs && isSameProcess(known)); await sleep(50)) {
    if (Date.now() > end) throw new Error(`The Postgres of ${dataDir} (process ${pid}) is ending and does not finish. End it and try again.`);
  }
  fs.rmSync(lock, { force: true });
  return null;
}

/** initdb works beside the final place, so that one killed half way leaves nothing that looks like a database. */
function initialise({ native, dataDir, owner }, { user, password }) {
  if (fs.existsSync(path.join(dataDir, 'PG_VERSION'))) return;
  if (fs.existsSync(dataDir) && fs.readdirSync(dataDir).length > 0) throw new Error(`${dataDir} is neither empty nor a Postgres data directory.`);
  const draft = `${dataDir}.new`;
  const passwordFile = path.join(os.tmpdir(), `higress-pg-${process.pid}-${Date.now()}`);
  fs.rmSync(draft, { recursive: true, force: true });
  fs.mkdirSync(draft, { mode: 0o700 });
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (owner) for (const file of [draft, passwordFile]) fs.chownSync(file, owner.uid, owner.gid);
  try {
    const args = ['-D', draft, '-U', user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
    const { status, signal, error, stderr } = spawnSync(path.join(native, 'bin', 'initdb'), args, { ...runAs(owner), encoding: 'utf8' });
    if (status !== 0) throw new Error(`initdb failed (${error?.message ?? signal ?? `exit ${status}`}): ${stderr}`);
    fs.rmSync(dataDir, { recursive: true, force: true });
    fs.renameSync(draft, dataDir);
  } finally {
    fs.rmSync(passwordFile, { force: true });
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function runAs(owner) {
  return { ...(owner ?? {}), cwd: os.tmpdir(), env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
}

function busyPort({ port, variable }) {
  return new Error(portBusyMessage(port, { what: 'Postgres', variable }));
}

async function launch({ native, dataDir, owner }, { port, log, settings, detached = false, variable }) {
  const effective = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200', ...settings };
  const args = ['-D', dataDir, '-p', String(port), ...Object.entries(effective).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  fs.mkdirSync(path.dirname(log), { recursive: true });
  const before = fs.existsSync(log) ? fs.statSync(log).size : 0;
  const out = fs.openSync(log, 'a');
  const child = spawn(path.join(native, 'bin', 'postgres'), args, { ...runAs(owner), stdio: ['ignore', out, out], detached });
  fs.closeSync(out);
  child.unref();
  /** @type {string | null} */
  let ending = null;
  child.once('error', (error) => (ending = error.message));
  child.once('exit', (code, signal) => (ending = signal ?? `exit ${code}`));
  const failure = () => {
    if (ending === null) return null;
    const said = fs.readFileSync(log).subarray(before).toString().trim().split('\n').slice(-12).join('\n');
    return /address already in use/i.test(said) ? busyPort({ port, variable }) : new Error(`Postgres ended (${ending}); ${log} says:\n${said}`);
  };
  return { pid: child.pid ?? 0, born: bornAt(child.pid ?? 0), port, failure };
}

async function serve(home, settings, running, adopted) {
  const { user, password, database } = settings;
  const where = `127.0.0.1:${running.port}`;
  await untilAnswers(home, settings, running, adopted);
  return {
    url: `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${where}/${encodeURIComponent(database)}`,
    pid: running.pid,
    born: running.born,
    port: running.port,
    dataDir: home.dataDir,
    adopted,
    stop: () => stop(running),
    kill: async () => {
      await endProcess(running, { signal: 'SIGKILL' });
      while (processesIn(home.dataDir).length > 0) await sleep(20); // backends notice within moments that their postmaster is gone
    },
    pause: () => signalAll(running.pid, 'SIGSTOP'),
    resume: () => signalAll(running.pid, 'SIGCONT'),
  };
}

/** Fast shutdown; a client that holds it up for 10 s is not waited for, and crash recovery is what the next start is for. */
async function stop(running) {
  if (!isSameProcess(running)) return;
  signalAll(running.pid, 'SIGCONT');
  process.kill(running.pid, 'SIGINT');
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) if (!isSameProcess(running)) return;
  await endProcess(running, { signal: 'SIGQUIT', graceMs: 5_000 });
}

/** A frozen server is one whose backends are frozen too. */
function signalAll(postmaster, signal) {
  for (const pid of [postmaster, ...childrenOf(postmaster)]) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

/** Ready means: our credentials work, and the data behind them is ours. An open port alone proves neither. */
async function untilAnswers(home, { user, password, database, log }, running, adopted) {
  const { Client } = require('pg');
  for (const end = Date.now() + READY_WITHIN_MS; ; await sleep(40)) {
    const failure = running.failure?.();
    if (failure) throw failure;
    const client = new Client({ host: '127.0.0.1', port: running.port, user, password, database: 'postgres', connectionTimeoutMillis: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await checkAndCreate(client, home, database, running.port);
      return;
    } catch (error) {
      const isOver = isFinal(error) || Date.now() > end || (adopted && !isSameProcess(running));
      if (isOver) throw new Error(`Postgres on port ${running.port} does not serve us: ${error.message}; see ${log}`, { cause: error });
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Waiting longer would not change these: somebody else's server, or a data directory made with other credentials. */
function isFinal(error) {
  return error.isForeign === true || error.code === '28P01' || error.code === '28000';
}

async function checkAndCreate(client, home, database, port) {
  const { rows } = await client.query('show data_directory');
  if (fs.realpathSync(rows[0].data_directory) !== fs.realpathSync(home.dataDir)) {
    throw Object.assign(new Error(`port ${port} is served by another Postgres, of ${rows[0].data_directory}`), { isForeign: true });
  }
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
}

module.exports = { startPostgres };
