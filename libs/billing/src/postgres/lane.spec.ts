import { Lane, type LaneItem } from './lane';

interface Item extends LaneItem {
  readonly name: number;
}

const [one, two, three, four, five] = [1, 2, 3, 4, 5].map((name) => ({ name, place: -1, dueAt: 0 })) as [Item, Item, Item, Item, Item];

/** A lane whose batches arrive when the test says so. */
function aLane({ maxBatch = 10, gatherMs = 0 } = {}) {
  const batches: number[][] = [];
  let arrive: () => void = () => undefined;
  let sent: () => void = () => undefined;
  let open = true;
  const lane = new Lane<Item>({
    maxBatch,
    gatherMs,
    mayRun: () => open,
    send(batch) {
      batches.push(batch.map(({ name }) => name));
      sent();
      return new Promise((resolve) => (arrive = resolve));
    },
  });
  return {
    lane,
    batches,
    close: () => void (open = false),
    open: () => void (open = true),
    arrive: () => arrive(),
    nextBatch: () => new Promise<void>((resolve) => (sent = resolve)),
  };
}

describe('a lane', () => {
  it('sends what one turn of the event loop brought, then gathers while that is on its way', async () => {
    const { lane, batches, arrive, nextBatch } = aLane();
    const first = nextBatch();
    [one, two].forEach((item) => lane.push(item));
    await first;
    [three, four, five].forEach((item) => lane.push(item));
    expect(lane.oldest).toBe(one);
    const second = nextBatch();
    arrive();
    await second;
    expect(batches).toEqual([[1, 2], [3, 4, 5]]);
  });

  it('bounds its batches and keeps the order, put-back items first', async () => {
    const { lane, batches, arrive, nextBatch } = aLane({ maxBatch: 2 });
    let batch = nextBatch();
    [one, two, three].forEach((item) => lane.push(item));
    await batch;
    lane.putBack([one, two]);
    for (let i = 0; i < 2; i++) {
      batch = nextBatch();
      arrive();
      await batch;
    }
    expect(batches).toEqual([[1, 2], [1, 2], [3]]);
  });

  it('lets an item that is not urgent wait for company, and sends it with an urgent one', async () => {
    const { lane, batches, nextBatch } = aLane({ gatherMs: 60_000 });
    const batch = nextBatch();
    lane.push(one);
    lane.push(two, 0);
    await batch;
    expect(batches).toEqual([[1, 2]]);
    lane.stop();
  });

  it('lets those that came later have their time when the first is deleted', async () => {
    const { lane, batches, nextBatch } = aLane({ gatherMs: 40 });
    const batch = nextBatch();
    lane.push(one, 10);
    lane.push(two);
    const pushedAt = performance.now();
    lane.delete(one);
    await batch;
    expect(performance.now() - pushedAt).toBeGreaterThan(30);
    expect(batches).toEqual([[2]]);
    lane.stop();
  });

  it('sends nothing while it is closed, forgets what is deleted, and goes on when it is woken', async () => {
    const { lane, batches, close, open, arrive, nextBatch } = aLane();
    close();
    [one, two, three].forEach((item) => lane.push(item));
    lane.delete(two);
    expect(lane.size).toBe(2);
    open();
    const batch = nextBatch();
    const idle = lane.idle();
    await batch;
    arrive();
    await idle;
    expect(batches).toEqual([[1, 3]]);
  });

  it('keeps no room for what was deleted, and the order of the rest', async () => {
    const { lane, batches, close, open, nextBatch } = aLane();
    close();
    lane.push(one);
    for (let i = 0; i < 10_000; i++) {
      const passing = { name: 0, place: -1, dueAt: 0 };
      lane.push(passing);
      lane.delete(passing);
    }
    lane.push(two);
    expect(two.place).toBeLessThan(2_000);
    open();
    const batch = nextBatch();
    lane.wake();
    await batch;
    expect(batches).toEqual([[1, 2]]);
    lane.stop();
  });
});
