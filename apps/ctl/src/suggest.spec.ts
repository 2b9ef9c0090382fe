import { suggest } from './suggest';

const COMMANDS = ['migrate up', 'migrate down', 'queues stats', 'keys create'];

describe('suggest', () => {
  it.each([
    ['migrate upp', 'migrate up'],
    ['migrat down', 'migrate down'],
    ['queue stats', 'queues stats'],
    ['keys', 'keys create'],
  ])('takes %s for %s', (typed, meant) => {
    expect(suggest(typed, COMMANDS)).toBe(meant);
  });

  it('has no idea what nonsense means', () => {
    expect(suggest('frobnicate', COMMANDS)).toBeUndefined();
  });
});
