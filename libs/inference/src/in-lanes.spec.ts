import { inLanes } from './in-lanes';

describe('inLanes', () => {
  it('keeps the order of the list, and as many at work as there are lanes', async () => {
    let running = 0;
    let most = 0;
    const work = async (item: number) => {
      most = Math.max(most, ++running);
      for (let turns = 0; turns <= 5 - item; turns++) await Promise.resolve();
      running--;
      return item * 10;
    };
    expect(await inLanes([1, 2, 3, 4, 5], 2, work)).toEqual([10, 20, 30, 40, 50]);
    expect(most).toBe(2);
    expect(await inLanes([], 2, work)).toEqual([]);
  });

  it('begins nothing after a failure, and throws the first', async () => {
    const begun: number[] = [];
    const work = async (item: number) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 1) throw new Error('one');
      return item;
    };
    await expect(inLanes([1, 2, 3, 4, 5], 2, work)).rejects.toThrow('one');
    expect(begun.length).toBeLessThan(5);
  });
});
