import { withoutHoles } from './time-ranges';

const range = (from: number, to: number) => ({ from, to });

describe('ranges without holes', () => {
  it.each([
    ['nothing taken away', [range(0, 10)], [], [range(0, 10)]],
    ['a hole in the middle', [range(0, 10)], [range(3, 4)], [range(0, 3), range(4, 10)]],
    ['holes at both ends, which overlap, in any order', [range(0, 10)], [range(8, 12), range(-5, 2), range(1, 3)], [range(3, 8)]],
    ['all taken away', [range(0, 10), range(20, 30)], [range(0, 10), range(15, 40)], []],
    ['a range that is empty or backwards', [range(5, 5), range(9, 2)], [range(3, 4)], []],
    ['holes outside', [range(0, 10), range(20, 30)], [range(10, 20), range(30, 31)], [range(0, 10), range(20, 30)]],
  ])('%s', (_, ranges, holes, left) => {
    expect(withoutHoles(ranges, holes)).toEqual(left);
  });
});
