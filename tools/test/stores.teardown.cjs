/** After the tests: ends the stores of this run and names every process that a spec forgot to end. */
const fs = require('node:fs');
const path = require('node:path');
const embedded = require('../embedded');

module.exports = async () => {
  const { run, postgres, redis } = globalThis.storesOfThisRun;
  const stores = [postgres, redis].filter((store) => store !== null);
  for (const { pid } of stores) embedded.forgetProcess(path.join(run, 'processes'), pid);
  const forgotten = await embedded.endNotedProcesses(path.join(run, 'processes'), { signal: 'SIGKILL' });
  for (const { name, pid } of forgotten) console.warn(`A spec left ${name} (pid ${pid}) running; it has been ended.`);
  await Promise.all(stores.map((store) => store.stop()));
  if (postgres) fs.rmSync(postgres.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  fs.rmSync(run, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
};
