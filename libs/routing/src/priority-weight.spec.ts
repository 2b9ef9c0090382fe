import type { Deployment } from '@higress/kernel';
import { byPriorityAndWeight } from './priority-weight';

const deployment = (id: string, priority: number, weight: number) => ({ id, priority, weight }) as Deployment;

/** A linear congruential generator, so that the draw is the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

describe('byPriorityAndWeight', () => {
  it('tries lower priorities first', () => {
    const ordered = byPriorityAndWeight([deployment('late', 2, 1000), deployment('early', 1, 1)], seeded(1));
    expect(ordered.map(({ id }) => id)).toEqual(['early', 'late']);
  });

  it('draws in proportion to the weights', () => {
    const random = seeded(7);
    const firsts = Array.from({ length: 10_000 }, () => byPriorityAndWeight([deployment('a', 1, 75), deployment('b', 1, 25)], random)[0]?.id);
    expect(firsts.filter((id) => id === 'a').length / firsts.length).toBeCloseTo(0.75, 1);
  });

  it('keeps weight 0 for when nothing else of its priority lives', () => {
    for (let seed = 0; seed < 50; seed++) expect(byPriorityAndWeight([deployment('spare', 1, 0), deployment('main', 1, 1)], seeded(seed))[0]?.id).toBe('main');
  });

  it('leaves its argument as it was', () => {
    const given = [deployment('b', 2, 1), deployment('a', 1, 1)];
    byPriorityAndWeight(given, seeded(3));
    expect(given.map(({ id }) => id)).toEqual(['b', 'a']);
  });
});
