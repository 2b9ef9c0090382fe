import { toCsvLine } from './to-csv-line';

describe('a line of CSV', () => {
  it('quotes what would end a cell, and doubles quotes', () => {
    expect(toCsvLine(['a', 'b,c', 'say "hi"', 'two\nlines', null, 1.5, true, { team: 'a' }])).toBe('a,"b,c","say ""hi""","two\nlines",,1.5,true,"{""team"":""a""}"\r\n');
  });

  it.each([['=1+1', "'=1+1"], ['+49', "'+49"], ['@SUM(A1)', "'@SUM(A1)"], ['-cmd', "'-cmd"], ['-0.25', '-0.25'], ['a=b', 'a=b']])('shows %j as text', (text, shown) => {
    expect(toCsvLine([text])).toBe(`${shown}\r\n`);
  });
});
