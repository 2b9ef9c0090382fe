/**
 * `npm test`: everything that must hold, in two lanes side by side, one for each of two cores.
 * The last line is `N passed, N failed`; every test counts, and every step counts once more.
 */
import { nodeComplaint } from '../workspace/check-node.mjs';
import { installPackages, packagesAreInstalled } from '../workspace/ensure-packages.mjs';
import { nx, runScript } from '../workspace/run.mjs';
import { seconds } from '../workspace/seconds.mjs';
import { jest } from './jest-step.mjs';
import { nodeTests } from './node-tests.mjs';
import { projectTags } from './project-tags.mjs';
import { removeCanaries, wallCanary } from './wall-canary.mjs';

const begun = Date.now();
const total = { passed: 0, failed: 0 };
/** Titles of the steps that failed. */
const failed = [];

/** Does one step, prints its line and adds it up. Never throws. */
async function step(title, work) {
  const start = Date.now();
  const { ok, output, passed = 0, failed: broken = 0, note = '' } = await work().catch((error) => ({ ok: false, output: error.stack ?? String(error) }));
  total.passed += passed + (ok ? 1 : 0);
  total.failed += broken + (ok ? 0 : 1);
  console.log(`  ${ok ? '✔' : '✘'} ${title.padEnd(34)} ${seconds(Date.now() - start).padStart(8)}   ${note}`.trimEnd());
  if (!ok) fail(title, output);
  return ok;
}

/** All of what it said, at once: whoever ends us early has seen it. */
function fail(title, output) {
  failed.push(title);
  console.log(`\n──── ${title} ────\n${output.trimEnd()}\n────\n`);
}

const notRun = (why) => async () => ({ ok: false, output: `Not run: ${why}.` });

/** Nx's tasks one after the other: each uses all cores by itself, and the canary must not sing while others lint. */
async function nxLane(buildDone) {
  const isBuilt = await step('build', () => nx(['run-many', '-t', 'build', '--output-style=static']));
  buildDone(isBuilt);
  await step('lint', () => nx(['run-many', '-t', 'lint', '--output-style=static']));
  await step('every project has its tags', projectTags);
  await step('the walls hold', wallCanary);
  await step('generated files are current', () => runScript('tools/generate/generate.mjs', ['--check']));
  await step('deployment files fit the code', isBuilt ? () => runScript('deploy/validate.mjs', []) : notRun('the build failed'));
  await step('npm run up', isBuilt ? () => nodeTests('.e2e.mjs') : notRun('the build failed'));
}

async function testLane(built) {
  await step('types', () => runScript('node_modules/.bin/tsc', ['--noEmit', '-p', 'tsconfig.json']));
  await step('unit and integration tests', () => jest(['unit', 'integration']));
  await step('tests of the tools', () => nodeTests('.spec.mjs'));
  await step('end-to-end tests', (await built) ? () => jest(['e2e']) : notRun('the build failed'));
}

async function main() {
  const complaint = nodeComplaint(process.versions.node);
  if (complaint) throw new Error(complaint);
  console.log(`Testing on Node ${process.versions.node}`);
  if (!packagesAreInstalled()) {
    await step('packages installed (npm ci)', async () => ({ ok: true, output: '', note: (await installPackages()) ?? '' }));
    if (failed.length > 0) return;
  }
  removeCanaries();
  let buildDone;
  const built = new Promise((resolve) => (buildDone = resolve));
  await Promise.all([nxLane(buildDone), testLane(built)]);
}

await main().catch((error) => {
  total.failed += 1;
  fail('npm test', error.message);
});
console.log(`\n${failed.length > 0 ? `Failed: ${failed.join(', ')}\n` : ''}In ${seconds(Date.now() - begun)}:`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
