import { Slots } from './slots';

describe('Slots', () => {
  it('lets the next in line in when one leaves, in order', async () => {
    const slots = new Slots(1, 10_000);
    expect(slots.enter()).toBeNull();
    const order: number[] = [];
    const second = slots.enter()?.then(() => order.push(2));
    const third = slots.enter()?.then(() => order.push(3));
    slots.leave();
    await second;
    slots.leave();
    await third;
    expect(order).toEqual([2, 3]);
    slots.leave();
    expect(slots.inUse).toBe(0);
  });

  it('tells whoever waits too long to come back, and loses no slot by it', async () => {
    const slots = new Slots(1, 5);
    await slots.enter();
    await expect(slots.enter()).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterMs: 1000 });
    slots.leave();
    await slots.enter();
    expect(slots.inUse).toBe(1);
  });
});

describe('Slots and callers that leave', () => {
  it('lets one step out of the line, and keeps the place of the others', async () => {
    const slots = new Slots(1, 10_000);
    await slots.enter();
    const gone = new AbortController();
    const first = slots.enter(gone.signal);
    const second = slots.enter();
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    slots.leave();
    await second;
    expect(slots.inUse).toBe(1);
    slots.leave();
    expect(slots.inUse).toBe(0);
  });

  it('gives nothing to one that had left before', async () => {
    const slots = new Slots(1, 10_000);
    expect(() => slots.enter(AbortSignal.abort(new Error('gone')))).toThrow('gone');
    expect(slots.inUse).toBe(0);
  });
});
