import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ownerOf, type SpoolOwner } from './segment-name';

/** Owners touch their files every 10 s. */
const SILENT_MS = 60_000;

/**
 * The files of processes that are gone: dead ones of this host at once, others when nobody has touched them for a minute.
 * One of a process that only slept is found too. That costs nothing but work: records are charged once however often they are read.
 */
export function findOrphans(dir: string, me: SpoolOwner): string[] {
  return readdirSync(dir).filter((file) => {
    const owner = ownerOf(file);
    if (!owner || owner.boot === me.boot) return false;
    if (owner.host === me.host && (owner.pid === me.pid || !isAlive(owner.pid))) return true;
    const mtimeMs = statSync(join(dir, file), { throwIfNoEntry: false })?.mtimeMs;
    return mtimeMs !== undefined && mtimeMs < Date.now() - SILENT_MS;
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
