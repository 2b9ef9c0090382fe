import fc from 'fast-check';
import { GrowingJson } from './growing-json';

const isWhole = (...pieces: string[]) => {
  const json = new GrowingJson();
  for (const piece of pieces) json.push(piece);
  return json.isWhole;
};

describe('JSON that comes in pieces', () => {
  it('is whole at its last letter and not before, however it is cut', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.array(fc.jsonValue()), fc.string()), fc.integer({ min: 1, max: 7 }), (value, size) => {
        const text = JSON.stringify(value);
        const json = new GrowingJson();
        for (let at = 0; at < text.length; at += size) {
          expect(json.isWhole).toBe(false);
          json.push(text.slice(at, at + size));
        }
        expect(json.isWhole).toBe(true);
      }),
    );
  });

  it('is whole as a bare word or number too, and never as nothing', () => {
    expect(isWhole('12')).toBe(true);
    expect(isWhole('tr')).toBe(false);
    expect(isWhole('tr', 'ue')).toBe(true);
    expect(isWhole('', ' ')).toBe(false);
    expect(isWhole('x'.repeat(100_000))).toBe(false);
  });

  it('takes brackets and quotes within a text for what they are', () => {
    expect(isWhole('{"a":"}')).toBe(false);
    expect(isWhole('{"a":"\\"}"')).toBe(false);
    expect(isWhole('{"a":"\\\\"', '}')).toBe(true);
  });
});
