import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workspace/root.mjs';
import { runScript } from '../workspace/run.mjs';

/**
 * Runs some of Jest's projects and counts their tests.
 * @param {readonly string[]} projects of jest.config.cjs
 * @returns {Promise<{ ok: boolean, output: string, passed: number, failed: number, note: string }>}
 */
export async function jest(projects) {
  const report = join(ROOT, `tmp/jest-${projects.join('-')}-${process.pid}.json`);
  mkdirSync(join(ROOT, 'tmp'), { recursive: true });
  const args = ['--selectProjects', ...projects, '--ci', '--maxWorkers=2', '--json', `--outputFile=${report}`];
  const { ok, output } = await runScript('node_modules/.bin/jest', args, { env: { FORCE_COLOR: '0' } });
  try {
    return { ok, output, ...countOf(JSON.parse(readFileSync(report, 'utf8'))) };
  } catch {
    return { ok: false, output, passed: 0, failed: 0, note: 'no report' };
  } finally {
    rmSync(report, { force: true });
  }
}

/** A spec file that cannot even be loaded counts as one failed test: it has none that could fail. */
function countOf({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests }) {
  const skipped = numPendingTests + numTodoTests;
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, note: `${numPassedTests} tests${skipped > 0 ? `, ${skipped} skipped` : ''}` };
}
