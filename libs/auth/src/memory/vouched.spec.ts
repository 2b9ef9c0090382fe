import { DomainError } from '@higress/kernel';
import { Vouched } from './vouched';

const away = () => Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });

/** A truth that is asked by hand, a clock that is set by hand, and announcements that are heard or not. */
function house() {
  const truth = new Map<string, string>();
  const reconnect: (() => void)[] = [];
  const world = {
    truth,
    nowMs: 0,
    connected: false,
    isAway: false,
    asked: 0,
    gate: Promise.resolve(),
    hear: () => {
      world.connected = true;
      reconnect.forEach((handler) => handler());
    },
  };
  const vouched = new Vouched<string>({
    load: async (id) => {
      world.asked += 1;
      const value = truth.get(id) ?? null;
      await world.gate;
      if (world.isAway) throw away();
      return { value, ageMs: 0 };
    },
    announcements: {
      get connected() {
        return world.connected;
      },
      onReconnect: (handler) => void reconnect.push(handler),
    },
    max: 3,
    clock: () => world.nowMs,
  });
  world.hear();
  return { world, vouched };
}
const flush = () => new Promise((resolve) => setImmediate(resolve));

describe('Vouched', () => {
  it('asks once for many who come together, and not again', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'A');
    expect(await Promise.all([vouched.get('a'), vouched.get('a'), vouched.get('a')])).toEqual(['A', 'A', 'A']);
    world.nowMs = 19_000;
    expect(vouched.peek('a')).toBe('A');
    expect(world.asked).toBe(1);
  });

  it('renews in the background what is in use', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'A');
    await vouched.get('a');
    world.truth.set('a', 'B');
    world.nowMs = 21_000;
    expect(vouched.peek('a')).toBe('A');
    await flush();
    expect(vouched.peek('a')).toBe('B');
  });

  it('forgets what was announced, and every absence', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'A').set('b', 'B');
    await Promise.all(['a', 'b', 'c'].map((id) => vouched.get(id)));
    expect(vouched.peek('c')).toBeNull();
    vouched.forget((value) => value === 'A');
    expect([vouched.peek('a'), vouched.peek('b'), vouched.peek('c')]).toEqual([undefined, 'B', undefined]);
  });

  it('does not remember a load that a change overtook, nor share it with who comes after the change', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'old');
    let open = () => undefined as void;
    world.gate = new Promise((resolve) => (open = resolve));
    const early = vouched.get('a');
    world.truth.set('a', 'new');
    vouched.forget(() => true);
    const late = vouched.get('a');
    open();
    expect(await Promise.all([early, late])).toEqual(['old', 'new']);
    expect(vouched.peek('a')).toBe('new');
  });

  it('asks again after a second while announcements are not heard', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'A');
    await vouched.get('a');
    world.connected = false;
    world.nowMs = 900;
    expect(vouched.peek('a')).toBe('A');
    world.nowMs = 1_100;
    world.truth.delete('a');
    expect(vouched.peek('a')).toBeUndefined();
    expect(await vouched.get('a')).toBeNull();
  });

  it('does not trust, once it listens again, what was asked before', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'A');
    await vouched.get('a');
    world.connected = false;
    world.nowMs = 5_000;
    world.hear();
    expect(vouched.peek('a')).toBeUndefined();
    await vouched.get('a');
    expect(vouched.peek('a')).toBe('A');
  });

  it('serves for a minute from the last word while the truth is away, then says to come back', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'A');
    await vouched.get('a');
    world.isAway = true;
    world.connected = false;
    for (const nowMs of [2_000, 30_000, 60_000]) {
      world.nowMs = nowMs;
      expect(await vouched.get('a')).toBe('A');
    }
    world.nowMs = 60_001;
    await expect(vouched.get('a')).rejects.toMatchObject({ code: 'NOT_READY', retryAfterMs: 1000 });
  });

  it('never takes a truth that is away for an absence', async () => {
    const { world, vouched } = house();
    world.isAway = true;
    await expect(vouched.get('a')).rejects.toBeInstanceOf(DomainError);
    world.isAway = false;
    world.truth.set('a', 'A');
    expect(await vouched.get('a')).toBe('A');
  });

  it('waits half a second at most for a truth that does not answer, where it can do without', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'A');
    await vouched.get('a');
    world.connected = false;
    world.nowMs = 2_000;
    world.gate = new Promise(() => undefined);
    const started = performance.now();
    expect(await vouched.get('a')).toBe('A');
    expect(await vouched.get('a')).toBe('A');
    expect(performance.now() - started).toBeLessThan(900);
  });

  it('keeps to its size, for what is there and for what is not', async () => {
    const { world, vouched } = house();
    world.truth.set('a', 'A');
    await vouched.get('a');
    for (let n = 0; n < 100; n++) await vouched.get(`absent-${n}`);
    expect(vouched.peek('a')).toBe('A');
    expect(vouched.peek('absent-0')).toBeUndefined();
    expect(vouched.peek('absent-99')).toBeNull();
  });
});
