import { textTable } from './text-table';

describe('textTable', () => {
  it('aligns text to the left and numbers to the right', () => {
    expect(textTable(['QUEUE', 'WAITING'], [['default', 3], ['billing', 12_345n]])).toEqual(['QUEUE    WAITING', 'default        3', 'billing    12345']);
  });

  it('is its head alone when there are no rows', () => {
    expect(textTable(['A', 'B'], [])).toEqual(['A  B']);
  });
});
