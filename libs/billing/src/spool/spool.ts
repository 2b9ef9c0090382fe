import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import type { BillingLog } from '../billing-log';
import { findOrphans } from './find-orphans';
import { putAside } from './put-aside';
import { Segment } from './segment';
import { segmentName, type SpoolOwner } from './segment-name';

export interface SpoolOptions {
  /** Made when it does not exist. Several processes may share it. */
  readonly dir: string;
  readonly log: BillingLog;
  /** A file that has grown to this many bytes is followed by another one. */
  readonly maxSegmentBytes: number;
}

/** A record that was read back. */
export interface LeftRecord {
  readonly line: string;
  readonly segment: Segment;
  readonly atMs: number;
}

const TOUCH_MS = 10_000;
const ADOPT_MS = 30_000;
/** A file whose records are all confirmed is emptied when it has this size, or when it is touched. */
const WORTH_EMPTYING_BYTES = 256 * 1024;
const COMPLAIN_MS = 10_000;

/**
 * The charges of this process that Postgres has not confirmed, in files that outlive it. Files of processes that are gone are adopted: renamed to
 * one of ours, which only one adopter can do, and read. A record may be sent twice; it is charged once.
 *
 * When more records wait than memory shall hold, they are only appended (`leaveFromHere`) and read back later (`readLeft`).
 */
export class Spool {
  private readonly owner: SpoolOwner = { host: hostname(), pid: process.pid, boot: randomBytes(6).toString('hex') };
  private number = 0;
  private active: Segment | null = null;
  /** Segments with records that are nowhere else, in the order in which they are read. */
  private readonly left: Segment[] = [];
  private readonly live = new Set<Segment>();
  private leaving = false;
  private complainedMs = -Infinity;
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: SpoolOptions) {}

  /**
   * Opens the spool and adopts what others left; `onFound` hears when there is something to read, now or later.
   * @throws when the folder cannot be written to
   */
  start(onFound: () => void): void {
    this.active = this.open(Segment.create);
    const adopt = () => {
      if (this.adopt()) onFound();
    };
    this.timers = [setInterval(() => this.touch(), TOUCH_MS).unref(), setInterval(adopt, ADOPT_MS).unref()];
    adopt();
  }

  /** Bytes of records that are not known to be confirmed. */
  get pendingBytes(): number {
    let bytes = 0;
    for (const segment of this.live) bytes += segment.pendingBytes;
    return bytes;
  }

  /** True when there is something to read back. */
  get hasLeft(): boolean {
    return this.left.length > 0;
  }

  /** True while records that are appended must be read back later. */
  get isLeaving(): boolean {
    return this.leaving;
  }

  /** When the oldest record that is to be read back came, in Unix ms; Infinity when there is none. */
  get oldestLeftMs(): number {
    return this.left.reduce((oldest, { leftSinceMs }) => Math.min(oldest, leftSinceMs), Infinity);
  }

  /** The segment that holds the records when this returns, or null when no disk took them. Never throws. */
  append(lines: readonly string[]): Segment | null {
    try {
      if (!this.active || this.active.size > this.options.maxSegmentBytes) this.rotate();
      const segment = this.active as Segment;
      segment.append(lines);
      return segment;
    } catch (error) {
      this.complain(error);
      return null;
    }
  }

  /** From now on records are only appended, until all of them are read back. */
  leaveFromHere(): void {
    if (this.leaving || !this.active) return;
    this.leaving = true;
    this.active.leaveFromHere();
    this.left.push(this.active);
  }

  /** The next records to read back, some 64 KB of them. What is torn or no record is set aside with a warning. */
  readLeft(): LeftRecord[] {
    const segment = this.left[0];
    if (!segment) return [];
    const { lines, torn } = segment.read();
    if (torn !== null) this.setAside(torn, 'torn', segment);
    const records: LeftRecord[] = [];
    for (const line of lines) {
      if (isRecord(line)) {
        records.push({ line, segment, atMs: segment.leftSinceMs });
      } else {
        this.setAside(line, 'torn', segment);
        segment.done(line);
      }
    }
    if (!segment.hasMoreToRead) {
      this.left.shift();
      if (segment === this.active) this.leaving = false;
      this.tidy(segment);
    }
    return records;
  }

  /** Postgres has confirmed the record, or will never have it. */
  done(segment: Segment, line: string): void {
    // Since `stop()` it is the adopter's.
    if (!this.live.has(segment)) return;
    segment.done(line);
    this.tidy(segment);
  }

  /** Keeps a line that cannot be charged in a file beside its segment's. Never throws. */
  setAside(line: string, why: 'torn' | 'rejected', segment: Segment | null): void {
    putAside(join(this.options.dir, `${segment ? basename(segment.path) : segmentName(this.owner, 0)}.${why}`), line, this.options.log);
  }

  /** What is confirmed is removed; the rest stays for whoever adopts it. */
  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.active = null;
    for (const segment of this.live) {
      if (segment.isDone) this.remove(segment);
      else segment.close();
    }
    this.live.clear();
    this.left.length = 0;
  }

  private rotate(): void {
    const previous = this.active;
    this.active = this.open(Segment.create);
    if (this.leaving) {
      this.active.leaveFromHere();
      this.left.push(this.active);
    }
    if (previous) this.tidy(previous);
  }

  private open(by: (path: string) => Segment): Segment {
    this.number += 1;
    mkdirSync(this.options.dir, { recursive: true, mode: 0o700 });
    const segment = by(join(this.options.dir, segmentName(this.owner, this.number)));
    this.live.add(segment);
    return segment;
  }

  private tidy(segment: Segment): void {
    if (!segment.isDone) return;
    if (segment !== this.active) {
      this.live.delete(segment);
      this.remove(segment);
    } else if (segment.size > WORTH_EMPTYING_BYTES) {
      segment.empty();
    }
  }

  private remove(segment: Segment): void {
    try {
      segment.remove();
    } catch (error) {
      this.complain(error);
    }
  }

  private touch(): void {
    try {
      for (const segment of this.live) {
        const isOurs = segment.touch();
        if (segment !== this.active) continue;
        if (!isOurs) {
          this.options.log.warn({ file: segment.path }, 'Another process has adopted our spool: this one slept for too long');
          this.rotate();
        } else if (segment.isDone && segment.size > 0) {
          segment.empty();
        }
      }
    } catch (error) {
      this.complain(error);
    }
  }

  private adopt(): boolean {
    const files = this.orphans();
    for (const file of files) {
      try {
        this.left.push(this.open((path) => takeOver(join(this.options.dir, file), path)));
        this.options.log.info({ file }, 'Adopted a file of the spool whose process is gone');
      } catch (error) {
        this.options.log.warn({ err: error, file }, 'A file of the spool could not be adopted; another process was quicker, perhaps');
      }
    }
    return this.left.length > 0;
  }

  private orphans(): string[] {
    try {
      return findOrphans(this.options.dir, this.owner);
    } catch (error) {
      this.complain(error);
      return [];
    }
  }

  private complain(error: unknown): void {
    if (performance.now() - this.complainedMs < COMPLAIN_MS) return;
    this.complainedMs = performance.now();
    this.options.log.error({ err: error, dir: this.options.dir }, 'The spool cannot be written: charges are in memory alone until Postgres has them');
  }
}

/** Only one process can: the name is gone for the others. */
function takeOver(orphan: string, path: string): Segment {
  renameSync(orphan, path);
  return Segment.adopt(path);
}

function isRecord(line: string): boolean {
  try {
    return Array.isArray(JSON.parse(line));
  } catch {
    return false;
  }
}
