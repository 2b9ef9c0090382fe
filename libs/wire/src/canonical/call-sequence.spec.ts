import { CallSequence } from './call-sequence';

const piece = (index: number, text: string) => ({ type: 'tool_call' as const, choice: 0, index, arguments: text });

describe('calls that are interleaved', () => {
  it('come one after the other, the later when the earlier is whole', () => {
    const calls = new CallSequence();
    expect(calls.push(piece(0, '{"a":'))).toHaveLength(1);
    expect(calls.push(piece(1, '{"b":'))).toEqual([]);
    expect(calls.push(piece(2, '{}'))).toEqual([]);
    expect(calls.push(piece(0, '1}')).map(({ index, arguments: text }) => `${index}${text}`)).toEqual(['01}', '1{"b":']);
    expect(calls.push(piece(1, '2}')).map(({ index, arguments: text }) => `${index}${text}`)).toEqual(['12}', '2{}']);
    expect(calls.end()).toEqual([]);
  });

  it('are read once each: two hundred thousand pieces that are never whole cost no more than their letters', () => {
    const calls = new CallSequence();
    const began = process.cpuUsage();
    calls.push(piece(0, '{"a":"'));
    for (let i = 0; i < 100_000; i++) {
      calls.push(piece(1, 'x'));
      calls.push(piece(0, 'yyyyyyyyyy'));
    }
    // Parsed anew with each piece this would be a hundred billion letters.
    expect(process.cpuUsage(began).user).toBeLessThan(20_000_000);
    expect(calls.end()).toHaveLength(100_000);
  });
});
