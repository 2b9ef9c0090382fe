import { textTable } from './text-table';

describe('textTable', () => {
  it('aligns text to the left and numbers to the right', () => {
    expect(textTable(['QUEUE', 'WAITING'], [['default', 3], ['billing', 12_345n]])).toEqual(['QUEUE    WAITING', 'default        3', 'billing    12345']);
  });

  it('takes decimals for numbers, and a column for text as soon as one cell is', () => {
    expect(textTable(['USD', 'WHO'], [['-0.5', '7'], ['12', 'me']])).toEqual([' USD  WHO', '-0.5  7', '  12  me']);
  });

  it('is its head alone when there are no rows', () => {
    expect(textTable(['A', 'B'], [])).toEqual(['A  B']);
  });
});
