import type { DomainError } from '@higress/kernel';
import { bytesOf, dataOf, EventWalk, HIDDEN, HIDDEN_IDLE, LAST, PASSES, type WholeEvent } from './event-walk';

const EVENTS = ['data: {"said":"plain"}', ': a comment', 'event: delta\ndata: {"said":"Grüße, 世界 🌍"}', 'data:{"a":\ndata: 1}\nid: 7', 'data:', 'retry: 5'];
const DATA = ['{"said":"plain"}', '', '{"said":"Grüße, 世界 🌍"}', '{"a":\n1}', '', ''];
const asStream = (lineEnd: string) => Buffer.from(EVENTS.map((event) => `${event.replaceAll('\n', lineEnd)}${lineEnd}${lineEnd}`).join(''));

describe('a walk over whole events', () => {
  it.each(['\n', '\r\n', '\r'])('shows each of them once, with its bytes and its data, cut at every byte, where lines end with %j', (lineEnd) => {
    const stream = asStream(lineEnd);
    for (let cut = 0; cut <= stream.length; cut++) {
      const shown: [string, string][] = [];
      const walk = new EventWalk((event) => {
        shown.push([dataOf(event), bytesOf(event).toString()]);
        return PASSES;
      });
      const steps = [walk.push(stream.subarray(0, cut)), walk.push(Buffer.alloc(0)), walk.push(stream.subarray(cut)), walk.end()];
      expect(shown).toEqual(EVENTS.map((event, i) => [DATA[i], `${event}\n\n`]));
      expect(Buffer.concat(steps.map(({ forward }) => forward)).equals(asStream('\n'))).toBe(true);
    }
  });

  it('gives the client what its reader says: as it came, nothing, or other bytes in its place', () => {
    const fates = [PASSES, HIDDEN, { forward: Buffer.from('instead\n\n'), useful: true, isLast: false }, HIDDEN_IDLE, PASSES, PASSES];
    const walk = new EventWalk(() => fates.shift() ?? PASSES);
    expect(walk.push(asStream('\n')).forward.toString()).toBe(`${EVENTS[0]}\n\ninstead\n\n${EVENTS[4]}\n\n${EVENTS[5]}\n\n`);
  });

  it('is useful only where one of them was', () => {
    const walk = new EventWalk(() => HIDDEN_IDLE);
    expect(walk.push(asStream('\n'))).toEqual({ forward: Buffer.alloc(0), useful: false, fault: null });
  });

  it('goes no further than the last one', () => {
    const seen: WholeEvent[] = [];
    const walk = new EventWalk((event) => {
      seen.push(event);
      return LAST;
    });
    expect([walk.push(asStream('\n')), walk.push(asStream('\n')), walk.end()].map(({ forward, fault }) => [forward.length, fault])).toEqual([[0, null], [0, null], [0, null]]);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['whole', 'data: 0123456789\n\n'],
    ['not over yet', 'data: 0123456789'],
  ])('ends at an event over its bound that is %s, behind what came before', (_, large) => {
    const walk = new EventWalk(() => PASSES, 10);
    const { forward, fault } = walk.push(Buffer.from(`data: 1\n\n${large}`));
    expect(forward.toString()).toBe('data: 1\n\n');
    expect(fault).toMatchObject<Partial<DomainError>>({ code: 'UPSTREAM_INVALID_RESPONSE' });
  });

  it('lets through what is no error of the stream', () => {
    const walk = new EventWalk(() => {
      throw new TypeError('a fault of ours');
    });
    expect(() => walk.push(Buffer.from('data: 1\n\n'))).toThrow(TypeError);
  });
});
