import fc from 'fast-check';
import { decodeAnswer, encodeAnswer } from './kept-answer';

describe('a kept answer', () => {
  it('comes back as it was, whatever its bytes', () => {
    const answers = fc.record({ requestId: fc.uuid(), status: fc.integer({ min: 100, max: 599 }), stream: fc.boolean(), headers: fc.array(fc.string()), body: fc.uint8Array().map((bytes) => Buffer.from(bytes)) });
    fc.assert(fc.property(answers, (answer) => expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer)));
  });

  it.each(['', '\n', 'null\n', '{}\nbody', '{"requestId":1}\n', 'no json'])('is none where something else was written: %j', (text) => {
    expect(decodeAnswer(Buffer.from(text))).toBeNull();
  });
});
