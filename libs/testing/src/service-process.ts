import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { embedded, WORKSPACE } from './embedded';
import { within } from './eventually';
import { freshDir, watchOver } from './run-dir';

export type AppName = 'gateway' | 'worker' | 'scheduler' | 'board';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Service {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it was started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Everything it has written so far, both outputs. */
  log(): string;
  readonly exited: Promise<Exit>;
  /** SIGTERM; rejects, with the end of the log, when it has not ended within `withinMs` (30,000). */
  stop(withinMs?: number): Promise<Exit>;
  /** SIGKILL. */
  kill(): Promise<Exit>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
}

export interface StartOptions {
  /** The endpoint that must answer 200 before the service counts as started; `none` returns as soon as it is spawned. `ready` unless told. */
  readonly until?: 'ready' | 'health' | 'none';
  readonly withinMs?: number;
}

/** The setting that names each app's port. */
const PORT_SETTING: Record<AppName, string> = { gateway: 'PORT', worker: 'WORKER_PORT', scheduler: 'SCHEDULER_PORT', board: 'BOARD_PORT' };

/** Settings that suit a test: loopback only, a fake provider may be called, and a stop takes no longer than it must. */
const TEST_SETTINGS: Readonly<Record<string, string>> = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
  LOG_JSON_FORMAT: 'true',
  JWT_SECRET_KEY: 'a-secret-for-tests-and-nothing-else',
  BOOTSTRAP_ADMIN_EMAIL: 'owner@example.test',
  BOOTSTRAP_ADMIN_PASSWORD: 'owner-password-for-tests',
  OUTBOUND_PRIVATE_ALLOW: '127.0.0.0/8',
  SHUTDOWN_DELAY_SECONDS: '0',
};
const LOG_TAIL_LINES = 40;

/** A built gateway, with `env` over settings that suit a test. `DATABASE_URL` and `REDIS_URL` must be among them. */
export function startGateway(env: Readonly<Record<string, string>>, options?: StartOptions): Promise<Service> {
  return startService('gateway', env, options);
}

/**
 * Runs `node dist/apps/<app>/main.js` with `env` over settings that suit a test, on a free port unless `env` names one, and waits until it serves.
 * It inherits nothing from this process's environment but PATH and HOME.
 * @throws with the end of its log when it ends, or does not serve within `withinMs` (90,000)
 */
export async function startService(app: AppName, env: Readonly<Record<string, string>>, { until = 'ready', withinMs = 90_000 }: StartOptions = {}): Promise<Service> {
  const main = builtMain(app);
  const portSetting = PORT_SETTING[app];
  const port = Number(env[portSetting] ?? (await embedded.freePort()));
  const dir = freshDir(app);
  const full = { ...inherited(), ...TEST_SETTINGS, SPOOL_DIR: join(dir, 'spool'), ...env, [portSetting]: String(port) };
  const child = spawn(process.execPath, ['--enable-source-maps', main], { cwd: dir, env: full, stdio: ['ignore', 'pipe', 'pipe'] });
  const service = serviceOf(app, child, port, full);
  if (until !== 'none') await untilServing(app, service, `${service.url}/${until}`, withinMs);
  return service;
}

/** Runs `ctl` to its end with `env` over settings that suit a test. */
export async function runCtl(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Exit & { output: string }> {
  const child = spawn(process.execPath, ['--enable-source-maps', builtMain('ctl'), ...args], { cwd: freshDir('ctl'), env: { ...inherited(), ...TEST_SETTINGS, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const [code, signal] = (await within(60_000, `ctl ${args.join(' ')}`, once(child, 'close'))) as [number | null, NodeJS.Signals | null];
  return { code, signal, output: output() };
}

function builtMain(app: string): string {
  const main = join(WORKSPACE, 'dist/apps', app, 'main.js');
  if (!existsSync(main)) throw new Error(`dist/apps/${app}/main.js is missing: run "npm run build" first`);
  return main;
}

function inherited(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
}

function serviceOf(app: AppName, child: ChildProcess, port: number, env: Readonly<Record<string, string>>): Service {
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${app} could not be spawned`);
  const log = collect(child);
  const forget = watchOver(app, pid);
  const exited = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
    forget();
    return { code, signal } as Exit;
  });
  const end = (signal: NodeJS.Signals, ms: number) => {
    child.kill(signal);
    return within(ms, `${app} ends after ${signal}`, exited).catch((error: Error) => Promise.reject(new Error(`${error.message}\n${tail(log())}`)));
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid,
    env,
    log,
    exited,
    stop: (withinMs = 30_000) => end('SIGTERM', withinMs),
    kill: () => end('SIGKILL', 5_000),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const output of [child.stdout, child.stderr]) output?.setEncoding('utf8').on('data', (part: string) => (text += part));
  return () => text;
}

async function untilServing(app: AppName, service: Service, url: string, withinMs: number): Promise<void> {
  let ended: Exit | undefined;
  void service.exited.then((exit) => (ended = exit));
  let last = 'no answer';
  for (const end = Date.now() + withinMs; Date.now() < end; await pause(25)) {
    if (ended) throw new Error(`${app} ended (${ended.signal ?? `exit ${ended.code}`}) before it served:\n${tail(service.log())}`);
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      last = `${answer.status} ${(await answer.text()).slice(0, 500)}`;
      if (answer.ok) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
  await service.kill();
  throw new Error(`${app} did not serve ${url} within ${withinMs} ms; last: ${last}\n${tail(service.log())}`);
}

function tail(log: string): string {
  return log.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}
