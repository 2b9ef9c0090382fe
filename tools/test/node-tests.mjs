import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workspace/root.mjs';
import { runScript } from '../workspace/run.mjs';

/**
 * Runs the tests of the tools themselves, which are ES modules, in Node's own runner.
 * @param {string} suffix of the files' names
 * @returns {Promise<{ ok: boolean, output: string, passed: number, failed: number, note: string }>}
 */
export async function nodeTests(suffix) {
  const files = readdirSync(join(ROOT, 'tools'), { recursive: true }).filter((name) => name.endsWith(suffix)).map((name) => join('tools', name)).sort();
  const { ok, output } = await runScript('--test', ['--test-reporter=tap', '--test-concurrency=1', ...files]);
  const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  return { ok, output, passed: count('pass'), failed: count('fail') + count('cancelled'), note: `${count('pass')} tests` };
}
