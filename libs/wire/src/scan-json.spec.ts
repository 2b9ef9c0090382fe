import { DomainError } from '@higress/kernel';
import { rewriteJson, scanJson } from '../index';

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
  ])('refuses %s with 400', (_, bytes) => {
    expect(() => scanJson(bytes)).toThrow(expect.objectContaining({ http: 400 }) as DomainError);
  });

  it('lets the text __proto__ pass', () => {
    expect(scan('{"a":"__proto__"}').value).toEqual({ a: '__proto__' });
  });
});

describe('rewriteJson', () => {
  it('replaces and adds members and leaves every other byte', () => {
    expect(rewriteJson(scan('{ "x": 1.0, "model": "a", "y" : "\\u00e9" }'), { model: '"bb"', extra: '{"k":1}' }).toString()).toBe('{"extra":{"k":1}, "x": 1.0, "model": "bb", "y" : "\\u00e9" }');
    expect(rewriteJson(scan('{}'), { a: '1' }).toString()).toBe('{"a":1}');
  });

  it('gives back the very bytes when nothing changes', () => {
    const scanned = scan('{"a":1}');
    expect(rewriteJson(scanned, {})).toBe(scanned.bytes);
  });
});
