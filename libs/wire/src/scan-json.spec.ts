import { DomainError } from '@higress/kernel';
import { rewriteJson, scanJson, strictJson } from '../index';

const scan = (text: string) => scanJson(Buffer.from(text));

describe('scanJson', () => {
  it('finds the place of each top-level value', () => {
    const text = ' { "model" : "a\\"b" , "n":1,"list":[1,{"model":"inner"}] ,"o":{"x":[]}, "t":true } ';
    const { spans, bytes } = scan(text);
    expect(Object.fromEntries([...spans].map(([name, { start, end }]) => [name, bytes.toString('utf8', start, end)]))).toEqual({ model: '"a\\"b"', n: '1', list: '[1,{"model":"inner"}]', o: '{"x":[]}', t: 'true' });
  });

  it.each([
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a repeated member', Buffer.from('{"model":"a","model":"b"}')],
    ['a repeated member spelled with an escape', Buffer.from('{"model":"a","mode\\u006c":"b"}')],
    ['a number beyond range', Buffer.from('{"a":[1e999]}')],
    ['a very long number', Buffer.from(`{"a":${'9'.repeat(400)}}`)],
    ['__proto__', Buffer.from('{"a":{"__proto__":{}}}')],
    ['__proto__ spelled with an escape', Buffer.from('{"a":{"\\u005f_proto__":{}}}')],
    ['65 levels', Buffer.from(`{"a":${'['.repeat(64)}${']'.repeat(64)}}`)],
    ['250,000 levels', Buffer.from('['.repeat(250_000))],
    ['an array', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['nothing', Buffer.from('')],
    ['an open string', Buffer.from('{"a')],
    ['something after the object', Buffer.from('{"a":1}}')],
    ['a NUL', Buffer.from('{"a":"\u0000"}')],
    ['a control character between values', Buffer.from('{"a":\u0001 1}')],
    ['a NUL instead of a value', Buffer.from('{"a":\u0000}')],
    ['nothing but control characters', Buffer.alloc(64, 0x0b)],
  ])('refuses %s with 400', (_, bytes) => {
    expect(() => scanJson(bytes)).toThrow(expect.objectContaining({ http: 400 }) as DomainError);
  });

  it('lets the text __proto__ pass', () => {
    expect(scan('{"a":"__proto__"}').value).toEqual({ a: '__proto__' });
  });
});

describe('strictJson', () => {
  const read = (text: string) => strictJson(Buffer.from(text));

  it('reads any value, and takes the texts of a list for what they are', () => {
    expect(read(' ["a", "a", {"a": 1}, ["__proto__"]] ')).toEqual(['a', 'a', { a: 1 }, ['__proto__']]);
    expect(read('"a"')).toBe('a');
    expect(read('5')).toBe(5);
  });

  it.each(['[1e999]', `${'['.repeat(65)}${']'.repeat(65)}`, '[{"__proto__": 1}]', '{"a":1,"a":2}', '[1]]', '[1],"a":2', ''])('refuses %s with 400', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ http: 400 }) as DomainError);
  });
});

/** The same numbers each time, so that a failure can be seen again. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('scanJson on bytes of any kind', () => {
  const good = Buffer.from('{"model":"a","messages":[{"role":"user","content":"x\\"\\\\ \\u00e9 é 世界"}],"n":-1.5e3, "s" : null,"t":[true,false,{}]}');

  it('ends, and agrees with JSON.parse or refuses with 400, whatever bytes of a body are changed', () => {
    const random = seeded(42);
    const alphabet = Buffer.from('{}[]",:\\0123456789eE+-.truefalsn \t\n\u0000\u0001\u001f\u007fé', 'utf8');
    let read = 0;
    for (let round = 0; round < 6_000; round++) {
      const bytes = Buffer.from(good);
      for (let changes = 1 + random(3); changes > 0; changes--) bytes[random(bytes.length)] = alphabet[random(alphabet.length)] as number;
      const body = bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length);
      try {
        const { value, spans } = scanJson(body);
        read++;
        expect(value).toEqual(JSON.parse(body.toString()));
        for (const [name, { start, end }] of spans) expect(JSON.parse(body.toString('utf8', start, end))).toEqual(value[name]);
        expect([...spans.keys()]).toEqual(expect.arrayContaining(Object.keys(value)));
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        expect(error.http).toBe(400);
      }
    }
    expect(read).toBeGreaterThan(100);
  });
});

describe('rewriteJson', () => {
  it('replaces and adds members and leaves every other byte', () => {
    expect(rewriteJson(scan('{ "x": 1.0, "model": "a", "y" : "\\u00e9" }'), { model: '"bb"', extra: '{"k":1}' }).toString()).toBe('{"extra":{"k":1}, "x": 1.0, "model": "bb", "y" : "\\u00e9" }');
    for (const [given, left] of [['{"x":1 , "gone" : {"a":[1,"}"]} ,"y":2}', '{"x":1  ,"y":2}'], ['{ "gone":1, "x":2}', '{  "x":2}'], ['{"x":1,"g\\u006fne":"a"}', '{"x":1}'], ['{"gone":1}', '{}'], ['{"x":1}', '{"x":1}']]) {
      expect(rewriteJson(scan(given as string), { gone: null }).toString()).toBe(left);
    }
    expect(rewriteJson(scan('{"gone":1,"x":2}'), { gone: null, x: '3', a: '4' }).toString()).toBe('{"a":4,"x":3}');
    expect(rewriteJson(scan('{}'), { a: '1' }).toString()).toBe('{"a":1}');
  });

  it('gives back the very bytes when nothing changes', () => {
    const scanned = scan('{"a":1}');
    expect(rewriteJson(scanned, {})).toBe(scanned.bytes);
  });
});
