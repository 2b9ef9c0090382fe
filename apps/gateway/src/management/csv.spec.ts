import { once } from 'node:events';
import { csvOf, lineOf } from './csv';

const textOf = async (stream: NodeJS.ReadableStream) => {
  let text = '';
  for await (const part of stream) text += String(part);
  return text;
};

describe('lineOf', () => {
  it('writes what RFC 4180 says', () => {
    expect(lineOf(['a', 5, null, undefined, true, 'x,y', 'say "hi"', 'two\nlines', { b: 1 }])).toBe('a,5,,,true,"x,y","say ""hi""","two\nlines","{""b"":1}"\r\n');
  });

  it('leaves nothing that a spreadsheet would run, and numbers as they are', () => {
    expect(lineOf(['=1+1', '@x', '+x', '-x', '-1.5', '12', -3])).toBe("'=1+1,'@x,'+x,'-x,-1.5,12,-3\r\n");
  });
});

describe('csvOf', () => {
  const always = async () => undefined;
  const pages = [{ data: [{ id: 1, b: 'x' }, { id: 2, b: null }], next_cursor: 'two' }, { data: [{ id: 3, b: 'z', c: 'not asked for' }], next_cursor: null }];

  it('reads page after page, as the reader takes them', async () => {
    const asked: (string | undefined)[] = [];
    const file = await csvOf('list', ['b', 'id'], async (cursor) => {
      asked.push(cursor);
      return pages[asked.length - 1] as (typeof pages)[0];
    }, always);
    expect(asked).toEqual([undefined]);
    expect(await textOf(file.getStream())).toBe('b,id\r\nx,1\r\n,2\r\nz,3\r\n');
    expect(asked).toEqual([undefined, 'two']);
    expect(file.getHeaders()).toMatchObject({ type: 'text/csv; charset=utf-8', disposition: 'attachment; filename="list.csv"' });
  });

  it('reads no further than its reader does, and ends when the reader leaves', async () => {
    let read = 0;
    const endless = async () => ({ data: Array.from({ length: 1000 }, (_, id) => ({ id, text: 'x'.repeat(100) })), next_cursor: String(++read) });
    const stream = (await csvOf('list', ['id', 'text'], endless, always)).getStream();
    await once(stream, 'data');
    stream.pause();
    for (let turns = 0; turns < 50; turns++) await new Promise((resume) => setImmediate(resume));
    const before = read;
    expect(before).toBeLessThanOrEqual(3);
    for (let turns = 0; turns < 50; turns++) await new Promise((resume) => setImmediate(resume));
    stream.destroy();
    await once(stream, 'close');
    expect(read).toBe(before);
  });

  it('breaks off before the next page when its reader may not read on', async () => {
    let read = 0;
    const page = async () => ({ data: [{ id: read }], next_cursor: String(++read) });
    const stream = (await csvOf('list', ['id'], page, async () => {
      if (read === 2) throw new Error('banned');
    })).getStream();
    await expect(textOf(stream)).rejects.toThrow('banned');
    expect(read).toBe(2);
  });

  it('fails at once where the first page does', async () => {
    await expect(csvOf('list', ['id'], () => Promise.reject(new Error('away')), always)).rejects.toThrow('away');
  });
});
