import { Writable } from 'node:stream';
import { pino } from 'pino';
import { keepTrying } from './keep-trying';

describe('keepTrying', () => {
  const lines: string[] = [];
  const logger = pino(new Writable({ write: (line, _encoding, done) => (lines.push((JSON.parse(String(line)) as { msg: string }).msg), done()) }));
  const never = new AbortController().signal;

  beforeEach(() => void (lines.length = 0));

  it('returns what worked at last, and logs only the first failure and the end', async () => {
    let left = 2;
    const work = async () => (left-- > 0 ? Promise.reject(new Error('away')) : 'here');
    expect(await keepTrying(work, { what: 'connecting', logger, signal: never })).toBe('here');
    expect(lines).toEqual(['connecting: not yet, trying again every second', 'connecting: done']);
  });

  it('says nothing when it works at once', async () => {
    await keepTrying(async () => undefined, { what: 'connecting', logger, signal: never });
    expect(lines).toEqual([]);
  });

  it('gives up at once when told, and for what cannot be mended', async () => {
    const stopping = new AbortController();
    const tried = keepTrying(async () => Promise.reject(new Error('away')), { what: 'connecting', logger, signal: stopping.signal });
    stopping.abort();
    await expect(tried).rejects.toMatchObject({ name: 'AbortError' });
    await expect(keepTrying(async () => Promise.reject(new Error('broken')), { what: 'x', logger, signal: never, isHopeless: () => true })).rejects.toThrow('broken');
  });
});
