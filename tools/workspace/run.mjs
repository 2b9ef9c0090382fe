import { spawn } from 'node:child_process';
import { ROOT } from './root.mjs';

/**
 * Runs a program to its end in the workspace and gathers what it says.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, signal?: AbortSignal }} [options] `env` is put over ours
 * @returns {Promise<{ ok: boolean, output: string }>} never rejects: a program that cannot be started is one that failed
 */
export function run(file, args, { env, signal } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGTERM' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (output += part));
    child.once('error', (error) => resolve({ ok: false, output: `${output}${error.message}\n` }));
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** The same for a script of a package, with the Node that runs us. */
export function runScript(script, args, options) {
  return run(process.execPath, [script, ...args], options);
}

/** Nx, without colours and without its screen. */
export function nx(args, options = {}) {
  return runScript('node_modules/.bin/nx', args, { ...options, env: { NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0', ...options.env } });
}
