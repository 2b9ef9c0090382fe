import { createCipheriv, randomBytes } from 'node:crypto';
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
    const sealed = both.seal('new', 'a');
    expect([new Sealer(new Map([[2, two]])).opens(sealed, 'a'), sealer.opens(sealed, 'a')]).toEqual([true, false]);
  });

  it('comes under another key without its content being touched, or opened', () => {
    const both = new Sealer(new Map([[1, one], [2, two]]));
    const old = sealer.seal('a secret', 'a');
    // Where the content was damaged, whoever wraps its key anew does not see it.
    const damaged = Buffer.from(old);
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
    const anew = both.rewrap(old, 'a');
    const contentOf = (sealed: Buffer) => sealed.subarray(-('a secret'.length + 28));
    expect([both.isCurrent(old), both.isCurrent(anew)]).toEqual([false, true]);
    expect(contentOf(anew)).toEqual(contentOf(old));
    expect(anew.subarray(8, 68)).not.toEqual(old.subarray(8, 68));
    expect(new Sealer(new Map([[2, two]])).open(anew, 'a').toString()).toBe('a secret');
    expect(contentOf(both.rewrap(damaged, 'a'))).toEqual(contentOf(damaged));
    expect(() => both.rewrap(old, 'b')).toThrow(UnsealError);
    expect(() => new Sealer(new Map([[2, two]])).rewrap(old, 'a')).toThrow('no key 1');
  });

  it('opens what was sealed before values had keys of their own, and gives it one', () => {
    const version = Buffer.from([0, 0, 0, 1]);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', one, nonce).setAAD(Buffer.concat([version, Buffer.from('a')]));
    const ciphertext = Buffer.concat([cipher.update('of old'), cipher.final()]);
    const before = Buffer.concat([version, nonce, cipher.getAuthTag(), ciphertext]);
    expect(sealer.open(before, 'a').toString()).toBe('of old');
    expect([sealer.opens(before, 'b'), sealer.isCurrent(before)]).toEqual([false, false]);
    const anew = sealer.rewrap(before, 'a');
    expect([sealer.open(anew, 'a').toString(), sealer.isCurrent(anew)]).toEqual(['of old', true]);
  });

  it('has another data key for each value: one that is moved opens no other', () => {
    const [mine, yours] = [sealer.seal('mine', 'a'), sealer.seal('other', 'a')];
    expect(sealer.opens(Buffer.concat([mine.subarray(0, 68), yours.subarray(68)]), 'a')).toBe(false);
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
