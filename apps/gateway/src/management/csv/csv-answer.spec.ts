import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { csvAnswer, type CsvTable } from './csv-answer';

const table: CsvTable<number> = { name: 'numbers', columns: ['n', 'text'], toCells: (n) => [n, 'x'.repeat(100)] };
/** Pages without an end, and how many of them were read. */
const endless = () => {
  const pages = { read: 0 };
  const read = async ({ limit }: { limit: number }) => {
    pages.read += 1;
    return { rows: Array.from({ length: limit }, (_, i) => i), nextCursor: String(pages.read) };
  };
  return { pages, read };
};
const textOf = async (stream: Readable) => Buffer.concat(await stream.toArray()).toString();

describe('an answer of CSV', () => {
  it('has the names of its columns and then every row of every page', async () => {
    const answer = await csvAnswer(table, async ({ cursor }) => ({ rows: cursor === null ? [1, 2] : [3], nextCursor: cursor === null ? 'next' : null }));
    const x = 'x'.repeat(100);
    expect(await textOf(answer.getStream())).toBe(`n,text\r\n1,${x}\r\n2,${x}\r\n3,${x}\r\n`);
    expect(answer.getHeaders()).toMatchObject({ type: 'text/csv; charset=utf-8', disposition: 'attachment; filename="numbers.csv"' });
  });

  it('reads no further than its client does, and ends when the client leaves', async () => {
    const { pages, read } = endless();
    const stream = (await csvAnswer(table, read)).getStream();
    const [first] = (await once(stream, 'data')) as [Buffer];
    stream.pause();
    expect(first.length).toBeGreaterThan(0);
    await new Promise((resume) => setImmediate(resume));
    const before = pages.read;
    expect(before).toBeLessThanOrEqual(3);
    for (let i = 0; i < 50; i++) await new Promise((resume) => setImmediate(resume));
    expect(pages.read).toBe(before);
    stream.destroy();
    await once(stream, 'close');
    expect(pages.read).toBe(before);
  });

  it('is an ordinary error where its first page cannot be read', async () => {
    await expect(csvAnswer(table, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
