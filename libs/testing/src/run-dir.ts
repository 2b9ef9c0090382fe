import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { embedded, WORKSPACE } from './embedded';

/** The folder of this test run, removed at its end. A run without Jest's set-up gets one of its own, which stays. */
export function runDir(): string {
  if (!process.env['TEST_RUN_DIR']) {
    mkdirSync(join(WORKSPACE, 'tmp'), { recursive: true });
    process.env['TEST_RUN_DIR'] = mkdtempSync(join(WORKSPACE, 'tmp/run-'));
  }
  return process.env['TEST_RUN_DIR'] as string;
}

/** A new, empty folder inside the run's. `label` only helps people who look. Open to others, because Postgres may run as another user. */
export function freshDir(label: string): string {
  const dir = mkdtempSync(join(runDir(), `${label}-`));
  chmodSync(dir, 0o755);
  return dir;
}

/** Notes a process that the run must not leave behind, even when the run is killed. Returns the call that takes the note away. */
export function watchOver(name: string, pid: number): () => void {
  const folder = join(runDir(), 'processes');
  embedded.noteProcess(folder, { pid, name });
  return () => embedded.forgetProcess(folder, pid);
}
