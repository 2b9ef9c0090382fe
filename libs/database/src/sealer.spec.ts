import { randomBytes } from 'node:crypto';
import { Sealer, UnsealError } from './sealer';

const one = randomBytes(32);
const two = randomBytes(32);

describe('Sealer', () => {
  const sealer = new Sealer(new Map([[1, one]]));

  it('opens what it sealed, and never seals twice alike', () => {
    const first = sealer.seal('sk-upstream', 'credentials:a');
    const second = sealer.seal('sk-upstream', 'credentials:a');
    expect(sealer.open(first, 'credentials:a').toString()).toBe('sk-upstream');
    expect(first.equals(second)).toBe(false);
    expect(first.includes('sk-upstream')).toBe(false);
  });

  it('refuses a value that was moved to another row', () => {
    expect(() => sealer.open(sealer.seal('x', 'credentials:a'), 'credentials:b')).toThrow(UnsealError);
  });

  it('refuses a value with any bit changed, its key version included', () => {
    const sealed = sealer.seal('x', 'a');
    for (let at = 0; at < sealed.length; at++) {
      const bent = Buffer.from(sealed);
      bent[at] = (bent[at] as number) ^ 1;
      expect(sealer.opens(bent, 'a')).toBe(false);
    }
    expect(sealer.opens(sealed.subarray(0, 20), 'a')).toBe(false);
  });

  it('seals with the newest key and opens with every one', () => {
    const both = new Sealer(new Map([[2, two], [1, one]]));
    expect(both.open(sealer.seal('old', 'a'), 'a').toString()).toBe('old');
    expect(both.seal('new', 'a').readUInt32BE()).toBe(2);
  });

  it('names the version of a key that is gone', () => {
    const sealed = new Sealer(new Map([[7, two]])).seal('x', 'a');
    expect(() => sealer.open(sealed, 'a')).toThrow('no key 7');
  });

  it('refuses keys of the wrong length, and none', () => {
    expect(() => new Sealer(new Map())).toThrow(RangeError);
    expect(() => new Sealer(new Map([[1, randomBytes(16)]]))).toThrow('16 bytes');
  });
});
