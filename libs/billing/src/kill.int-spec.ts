import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, freshDatabase } from '@higress/testing';
import { type Book, openBook } from './fixtures/a-book';

let book: Book;
beforeAll(async () => {
  book = openBook(await freshDatabase());
});
afterAll(() => book.close());

/** Runs a pod until it has settled `calls` calls and then some, kills it, and returns what it said. */
async function killAfter(calls: number, args: readonly string[]): Promise<string[]> {
  const fixtures = join(__dirname, 'fixtures');
  const child = spawn(process.execPath, [join(fixtures, 'run-typescript.cjs'), join(fixtures, 'doomed-pod.ts'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const enough = new Promise<void>((resolve) => child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()).split('over').length > calls && resolve()));
  await enough;
  await pause(calls % 17);
  child.kill('SIGKILL');
  await once(child, 'close');
  return said.split('\n').slice(0, -1);
}

describe('a pod that is killed in the middle of its calls', () => {
  it.each([1, 2, 3, 4])('loses no charge and makes none twice (%i)', async (seed) => {
    const [prepaid, postpaid] = [await book.tenant('prepaid', 1_000_000n), await book.tenant('postpaid')];
    const dir = mkdtempSync(join(book.dir, 'doomed-'));
    const said = await killAfter(40 + seed * 31, [book.url, dir, prepaid, postpaid, String(seed)]);

    await eventually('Postgres has noticed', async () => (await book.rows("select from pg_stat_activity where datname = current_database() and application_name = 'doomed'")).length === 0);
    const next = book.pod({ spoolDir: dir });
    await next.idle();
    await book.reapAll();
    const over = new Map(said.filter((line) => line.startsWith('over')).map((line) => line.split(' ').slice(1) as [string, string]));
    const begun = said.filter((line) => line.startsWith('begun')).map((line) => line.split(' ')[1] as string);
    const rows = await book.usage([...over.keys(), ...begun]);
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([...over.keys(), ...begun]));
    for (const [id, cost] of over) expect(rows.find((row) => row.id === id)).toMatchObject({ charged: Number(cost), settled: true });
    // A last word may be lost in the pipe, so that a call is over which nobody heard of; it is charged all the same.
    for (const id of begun.filter((each) => !over.has(each))) expect(rows.filter((row) => row.id === id)).toHaveLength(1);
    expect(await book.differences()).toEqual([]);
    expect((await book.account(prepaid)).held).toBe(0n);
  }, 30_000);
});
