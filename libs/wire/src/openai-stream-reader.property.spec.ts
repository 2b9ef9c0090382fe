import { createParser } from 'eventsource-parser';
import { OpenAiStreamReader } from '../index';

/** What a client of server-sent events makes of these bytes: its data, event by event. */
function dataOf(bytes: Buffer): string[] {
  const found: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => found.push(data) });
  // A CR at the very end waits for the LF that may follow it.
  parser.feed(`${bytes.toString()}\n`);
  return found;
}

/** The same numbers each time, so that a failure can be seen again. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('any stream, however it is written and cut', () => {
  const random = seeded(7);
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;

  const anEvent = (lineEnd: string): string => {
    const chunk = JSON.stringify({ id: 'chatcmpl-0123456789abcdef', choices: [{ index: 0, delta: { content: pick(['a', 'Grüße', '世界', '🌍', 'a\r\nb', 'data: x', '\n\n']) } }] });
    const half = chunk.indexOf('"choices"');
    const lines = pick([[`data: ${chunk}`], [`data:${chunk}`], ['id: 1', `data: ${chunk}`], [`data: ${chunk}`, 'event: message'], [`data: ${chunk.slice(0, half)}`, `data: ${chunk.slice(half)}`], [': comment'], [': comment', `data: ${chunk}`], ['retry: 100'], ['']]);
    return lines.map((line) => line + lineEnd).join('') + lineEnd;
  };

  const cut = (bytes: Buffer): Buffer[] => {
    const pieces: Buffer[] = [];
    const longest = pick([1, 3, 40, 5000]);
    for (let at = 0; at < bytes.length; ) {
      const next = at + 1 + random(longest);
      pieces.push(bytes.subarray(at, next));
      at = next;
    }
    return pieces;
  };

  it('is passed on as a client would have read it from the provider', () => {
    for (let round = 0; round < 400; round++) {
      const lineEnd = pick(['\n', '\r\n', '\r']);
      const bytes = Buffer.from(Array.from({ length: random(30) }, () => anEvent(lineEnd)).join(''));
      const reader = new OpenAiStreamReader(true);
      const steps = [...cut(bytes).map((piece) => reader.push(piece)), reader.end()];
      expect(steps.every(({ fault }) => fault === null)).toBe(true);
      expect(dataOf(Buffer.concat(steps.map(({ forward }) => forward)))).toEqual(dataOf(bytes).filter((data) => data !== ''));
    }
  });

  it('never throws, whatever bytes it holds', () => {
    const alphabet = 'data: {}[]"\n\r:,xusage[DONE]error\u0000é'.split('');
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(Array.from({ length: random(200) }, () => (random(5) === 0 ? pick(['data: ', '\n\n', '{"choices":[]}', '"usage":{"prompt_tokens":1}', 'data: {"error":1}\n\n']) : pick(alphabet))).join(''));
      const reader = new OpenAiStreamReader(false);
      for (const piece of cut(bytes)) if (reader.push(piece).fault) break;
      reader.end();
      expect(reader.estimateOutputTokens()).toBeGreaterThanOrEqual(0);
    }
  });
});
