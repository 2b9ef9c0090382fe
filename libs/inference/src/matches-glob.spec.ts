import { matchesGlob } from './matches-glob';

describe('matchesGlob', () => {
  it.each([
    ['gpt-*', 'gpt-4o', true], ['gpt-*', 'gpt-', true], ['gpt-*', 'xgpt-4', false], ['*', '', true], ['a*b*c', 'a1b2c', true], ['a*b*c', 'ac', false],
    ['a*a', 'a', false], ['demo', 'demo', true], ['demo', 'demo2', false], ['a.c', 'abc', false], ['*mini', 'gpt-4o-mini', true], ['a*ab*b', 'aab', false],
  ])('%s on %s: %s', (glob, name, fits) => {
    expect(matchesGlob(glob, name)).toBe(fits);
  });

  it('takes no time for a glob made to stall', () => {
    expect(matchesGlob(`${'*a'.repeat(1000)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});
