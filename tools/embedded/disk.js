const { statfsSync, existsSync } = require('node:fs');
const path = require('node:path');

/**
 * Turns a failure that was really a full disk into one that says so; returns any other as it is.
 * @param {Error} error
 * @param {string} where the file or directory that was being written
 * @returns {Error}
 */
function explainFullDisk(error, where) {
  const isFull = /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOSPC' || /no space left on device/i.test(error.message);
  if (!isFull) return error;
  return new Error(`No room is left on the disk that holds ${where}${freeSpace(where)}. Make room, or put the data elsewhere with DATA_DIR.`, { cause: error });
}

function freeSpace(where) {
  let dir = path.resolve(where);
  while (!existsSync(dir)) dir = path.dirname(dir);
  try {
    const { bavail, bsize } = statfsSync(dir);
    return ` (${Math.floor((bavail * bsize) / 2 ** 20)} MB free)`;
  } catch {
    return '';
  }
}

module.exports = { explainFullDisk };
