/** The oldest Node that everything here runs on; `engines` in package.json says the same. */
const OLDEST = [20, 19];

/**
 * @param {string} version as in `process.versions.node`
 * @returns {string | null} what is wrong with it and what to do, or null
 */
export function nodeComplaint(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return null;
  return `This is Node ${version}; at least ${OLDEST.join('.')} is needed. Install Node 24 LTS from https://nodejs.org, or run "nvm install 24".`;
}
