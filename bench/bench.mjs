/** `npm run bench`: what a request costs, next to the least a proxy in Node can do and to a peer. docs/performance.md tells how to read it. */
import { installPackages } from './src/machine/tools.mjs';
import { HELP, readOptions } from './src/options.mjs';

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(HELP);
  else {
    installPackages();
    const { run } = await import('./src/run.mjs');
    if (!(await run(options))) process.exitCode = 1;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
