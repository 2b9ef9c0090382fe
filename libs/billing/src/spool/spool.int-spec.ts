import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { eventually, freshDatabase } from '@higress/testing';
import type { Billing } from '../billing';
import type { BillingLog } from '../billing-log';
import { type Book, openBook } from '../fixtures/a-book';
import { aHold, anAnswer } from '../fixtures/a-call';
import type { Sql } from '../postgres/sql';

let book: Book;
let dir: string;
beforeAll(async () => {
  book = openBook(await freshDatabase());
});
beforeEach(() => (dir = mkdtempSync(join(book.dir, 'pod-'))));
afterEach(async () => expect(await book.differences()).toEqual([]));
afterAll(() => book.close());

/** A Postgres that never answers. */
const DEAF: Sql = { query: () => new Promise(() => undefined) };

function aDeadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid;
}

/** Makes the files of `dir` look like those of a process that was killed. */
function orphan(owner: { host?: string; pid?: number } = {}): string[] {
  const { host = hostname(), pid = aDeadPid() } = owner;
  return readdirSync(dir).map((file, i) => {
    const name = `${host}-${pid}-0123456789ab-${i + 1}.jsonl`;
    renameSync(join(dir, file), join(dir, name));
    return name;
  });
}

/** Settles `count` calls with a pod that dies before Postgres hears of them. */
async function settleAndDie(tenant: string, count: number, options = {}): Promise<string[]> {
  const pod = book.pod({ sql: DEAF, spoolDir: dir, ...options });
  const answers = Array.from({ length: count }, () => anAnswer(aHold(tenant, 0n, 'postpaid'), 10n));
  for (const answer of answers) await pod.settler.settle(answer);
  await pod.stop(0);
  return answers.map(({ hold }) => hold.call.requestId);
}

async function charged(requestIds: readonly string[]): Promise<number> {
  return (await book.usage(requestIds)).filter((row) => row.charged === 10).length;
}

function logTo(lines: string[]): BillingLog {
  const note = (about: object, text: string) => void lines.push(`${text} ${JSON.stringify(about)}`);
  return { info: note, warn: note, error: note };
}

async function everythingSettled(pod: Billing): Promise<void> {
  await pod.idle();
  expect(pod.settler.pendingBytes).toBe(0);
  expect(pod.settler.lagSeconds).toBe(0);
}

describe('the spool', () => {
  it('holds the record before settle() returns, and is gone when Postgres has it', async () => {
    const tenant = await book.tenant('postpaid');
    const pod = book.pod({ spoolDir: dir });
    const answer = anAnswer(aHold(tenant, 0n, 'postpaid'), 10n);
    await pod.settler.settle(answer);
    const [file] = readdirSync(dir);
    expect(readFileSync(join(dir, file as string), 'utf8')).toContain(answer.hold.call.requestId);
    expect(pod.settler.pendingBytes).toBeGreaterThan(200);
    await everythingSettled(pod);
    await pod.stop(1_000);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('of a killed process is replayed at the start of the next one, torn line and all', async () => {
    const tenant = await book.tenant('postpaid');
    const ids = await settleAndDie(tenant, 700);
    const [file] = orphan();
    appendFileSync(join(dir, file as string), '[1,"01a205a4-be0f-79d6-8c19-ea50');
    const lines: string[] = [];
    const pod = book.pod({ spoolDir: dir, log: logTo(lines) });
    await everythingSettled(pod);
    expect(await charged(ids)).toBe(700);
    expect(lines.filter((line) => line.startsWith('A line of the spool was set aside'))).toHaveLength(1);
    await pod.stop(1_000);
    const [torn, ...others] = readdirSync(dir);
    expect(torn).toMatch(/\.jsonl\.torn$/);
    expect(others).toEqual([]);
    expect(readFileSync(join(dir, torn as string), 'utf8')).toBe('[1,"01a205a4-be0f-79d6-8c19-ea50\n');
  });

  it('is charged once when two processes read the same records', async () => {
    const tenant = await book.tenant('postpaid');
    const ids = await settleAndDie(tenant, 50);
    const [file] = orphan();
    const copy = readFileSync(join(dir, file as string));
    await everythingSettled(book.pod({ spoolDir: dir }));
    appendFileSync(join(dir, file as string), copy);
    await everythingSettled(book.pod({ spoolDir: dir }));
    expect(await charged(ids)).toBe(50);
    expect(await book.account(tenant)).toEqual({ posted: -500n, held: 0n });
  });

  it('of another host is adopted when nobody has touched it for a minute', async () => {
    const tenant = await book.tenant('postpaid');
    const ids = await settleAndDie(tenant, 3);
    const [file] = orphan({ host: 'another-host', pid: 1 });
    await everythingSettled(book.pod({ spoolDir: dir }));
    expect(existsSync(join(dir, file as string))).toBe(true);
    expect(await charged(ids)).toBe(0);
    const before = new Date(Date.now() - 61_000);
    utimesSync(join(dir, file as string), before, before);
    await everythingSettled(book.pod({ spoolDir: dir }));
    expect(await charged(ids)).toBe(3);
  });

  it('of a process that had this pid in another life is adopted at once', async () => {
    const tenant = await book.tenant('postpaid');
    const ids = await settleAndDie(tenant, 3);
    orphan({ pid: process.pid });
    await everythingSettled(book.pod({ spoolDir: dir }));
    expect(await charged(ids)).toBe(3);
  });

  it('keeps a record aside that Postgres refuses, and settles all others', async () => {
    const tenant = await book.tenant('postpaid');
    let rejected = 0;
    const pod = book.pod({ spoolDir: dir, onRejected: () => (rejected += 1) });
    const answers = Array.from({ length: 40 }, () => anAnswer(aHold(tenant, 0n, 'postpaid'), 10n));
    const poison = [anAnswer(aHold('01a205a4-be0f-79d6-8c19-ea5017bc08fd'), 10n), anAnswer(aHold(tenant, 0n, 'postpaid'), 1n << 70n)];
    for (const answer of [...answers.slice(0, 7), poison[0], ...answers.slice(7, 30), poison[1], ...answers.slice(30)]) if (answer) await pod.settler.settle(answer);
    await everythingSettled(pod);
    expect(await charged(answers.map(({ hold }) => hold.call.requestId))).toBe(40);
    expect(rejected).toBe(2);
    const aside = readdirSync(dir).filter((file) => file.endsWith('.rejected')).map((file) => readFileSync(join(dir, file), 'utf8'));
    expect(aside.join('').trim().split('\n')).toHaveLength(2);
    for (const { hold } of poison) expect(aside.join('')).toContain(hold.call.requestId);
  });

  it('holds alone what memory shall not hold, in files of bounded size, and gives it back', async () => {
    const tenant = await book.tenant('postpaid');
    const ids = await settleAndDie(tenant, 0);
    let open = false;
    const sql: Sql = { query: (text, values) => (open ? book.pool.query(text, values) : Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))) };
    const pod = book.pod({ sql, spoolDir: dir, maxSettlesInMemory: 10, maxSegmentBytes: 20_000 });
    for (let i = 0; i < 1_000; i++) {
      const answer = anAnswer(aHold(tenant, 0n, 'postpaid'), 10n);
      ids.push(answer.hold.call.requestId);
      await pod.settler.settle(answer);
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(readdirSync(dir).length).toBeGreaterThan(10);
    expect(pod.settler.pendingBytes).toBeGreaterThan(200_000);
    open = true;
    await eventually('Postgres is back', () => !pod.isPostgresAway);
    await everythingSettled(pod);
    expect(await charged(ids)).toBe(1_000);
    expect(readdirSync(dir)).toHaveLength(1);
  });

  it('that no disk takes is replaced by memory, loudly', async () => {
    const tenant = await book.tenant('postpaid');
    const lines: string[] = [];
    const pod = book.pod({ spoolDir: dir, log: logTo(lines), maxSegmentBytes: -1 });
    rmSync(dir, { recursive: true });
    writeFileSync(dir, 'not a folder');
    const answer = anAnswer(aHold(tenant, 0n, 'postpaid'), 10n);
    await pod.settler.settle(answer);
    await everythingSettled(pod);
    expect(await charged([answer.hold.call.requestId])).toBe(1);
    expect(lines.filter((line) => line.startsWith('The spool cannot be written'))).toHaveLength(1);
  });

  it('is not left behind by a pod that stops while Postgres is away', async () => {
    const tenant = await book.tenant('postpaid');
    const ids = await settleAndDie(tenant, 20, { maxSettlesInMemory: 5 });
    orphan();
    await everythingSettled(book.pod({ spoolDir: dir }));
    expect(await charged(ids)).toBe(20);
  });
});
