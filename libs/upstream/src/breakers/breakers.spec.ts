import { Breakers, type CircuitState, type Ticket } from '../../index';

const RESET_MS = 30_000;
type Change = [string, CircuitState, number];

function breakers() {
  const changes: Change[] = [];
  return { breakers: new Breakers({ threshold: 5, resetMs: RESET_MS, onChange: (...change) => changes.push(change) }), changes };
}

/** A ticket that must be there. */
function taken(from: Breakers, id = 'd'): Ticket {
  const ticket = from.ticket(id);
  if (!ticket) throw new Error('refused');
  return ticket;
}

const fail = (from: Breakers, times: number, id = 'd') => Array.from({ length: times }, () => taken(from, id).fail());
function reopened(from: Breakers) {
  taken(from).succeed();
  taken(from).succeed();
}

beforeEach(() => jest.useFakeTimers({ now: 1_764_000_000_000 }));
afterEach(() => jest.useRealTimers());

describe('a breaker', () => {
  it('opens at the fifth consecutive failure, for that deployment alone', () => {
    const { breakers: all, changes } = breakers();
    fail(all, 4);
    expect(all.state('d')).toBe('closed');
    fail(all, 1);
    expect(all.isOpen('d')).toBe(true);
    expect(all.ticket('d')).toBeNull();
    expect(all.reopensInMs('d')).toBe(RESET_MS);
    expect(all.ticket('other')).not.toBeNull();
    expect(changes).toEqual([['d', 'open', Date.now() + RESET_MS]]);
  });

  it('opens for five in a row although many succeeded before', () => {
    const { breakers: all } = breakers();
    for (let i = 0; i < 100; i++) taken(all).succeed();
    fail(all, 5);
    expect(all.isOpen('d')).toBe(true);
  });

  it('starts counting again at each success, and does not count what is ignored', () => {
    const { breakers: all } = breakers();
    fail(all, 4);
    taken(all).succeed();
    fail(all, 4);
    for (let i = 0; i < 10; i++) taken(all).ignore();
    expect(all.state('d')).toBe('closed');
    fail(all, 1);
    expect(all.isOpen('d')).toBe(true);
  });

  it('counts the failures of calls that ran at the same time', () => {
    const { breakers: all } = breakers();
    const tickets = Array.from({ length: 20 }, () => taken(all));
    for (const ticket of tickets) ticket.fail();
    expect(all.isOpen('d')).toBe(true);
  });

  it('takes only the first report of a ticket', () => {
    const { breakers: all } = breakers();
    const ticket = taken(all);
    for (let i = 0; i < 10; i++) ticket.fail();
    expect(all.state('d')).toBe('closed');
  });

  it('lets one probe at a time through after the reset time, and closes after two that succeed', () => {
    const { breakers: all, changes } = breakers();
    fail(all, 5);
    jest.advanceTimersByTime(RESET_MS - 1);
    expect(all.ticket('d')).toBeNull();
    jest.advanceTimersByTime(1);
    expect(all.state('d')).toBe('half-open');
    const probe = taken(all);
    expect(all.ticket('d')).toBeNull();
    probe.succeed();
    expect(all.state('d')).toBe('half-open');
    taken(all).succeed();
    expect(all.state('d')).toBe('closed');
    expect(changes.map(([, state]) => state)).toEqual(['open', 'half-open', 'half-open', 'closed']);
  });

  it('opens again when a probe fails', () => {
    const { breakers: all } = breakers();
    fail(all, 5);
    jest.advanceTimersByTime(RESET_MS);
    taken(all).succeed();
    taken(all).fail();
    expect(all.isOpen('d')).toBe(true);
    jest.advanceTimersByTime(RESET_MS - 1);
    expect(all.ticket('d')).toBeNull();
    jest.advanceTimersByTime(1);
    expect(all.ticket('d')).not.toBeNull();
  });

  it('gives the place of a probe away when it is ignored at once, when it is forgotten after the reset time', () => {
    const { breakers: all } = breakers();
    fail(all, 5);
    jest.advanceTimersByTime(RESET_MS);
    taken(all).ignore();
    taken(all);
    expect(all.ticket('d')).toBeNull();
    jest.advanceTimersByTime(RESET_MS);
    expect(all.ticket('d')).not.toBeNull();
  });

  it('learns nothing from calls that began before it changed', () => {
    const { breakers: all } = breakers();
    const early = [taken(all), taken(all), taken(all)];
    fail(all, 5);
    jest.advanceTimersByTime(RESET_MS);
    for (const ticket of early) ticket.succeed();
    expect(all.state('d')).toBe('half-open');
    reopened(all);
    const late = taken(all);
    fail(all, 5);
    late.fail();
    expect(all.isOpen('d')).toBe(true);
  });
});

describe('after closing', () => {
  const passed = (all: Breakers, calls: number) => Array.from({ length: calls }, () => all.ticket('d')).filter((ticket) => ticket !== null).length;
  const closed = () => {
    const { breakers: all } = breakers();
    fail(all, 5);
    jest.advanceTimersByTime(RESET_MS);
    reopened(all);
    return all;
  };

  it.each([[0, 50], [2_500, 125], [5_000, 250]])('after %i ms about %i of 500 at once pass', (afterMs, expected) => {
    const all = closed();
    jest.advanceTimersByTime(afterMs);
    expect(Math.abs(passed(all, 500) - expected)).toBeLessThanOrEqual(5);
  });

  it.each([7_500, 10_000])('after %i ms all pass', (afterMs) => {
    const all = closed();
    jest.advanceTimersByTime(afterMs);
    expect(passed(all, 500)).toBe(500);
  });

  it('a trickle passes whole', () => {
    const all = closed();
    for (let i = 0; i < 50; i++) taken(all).succeed();
  });
});

describe('what processes tell one another', () => {
  it('opens and closes without being told again', () => {
    const { breakers: all, changes } = breakers();
    all.learn('d', 'open', Date.now() + 12_000);
    expect(all.isOpen('d')).toBe(true);
    expect(all.reopensInMs('d')).toBe(12_000);
    all.learn('d', 'closed', 0);
    expect(all.state('d')).toBe('closed');
    expect(changes).toEqual([]);
  });

  it('keeps from probing where another does', () => {
    const { breakers: all } = breakers();
    all.learn('d', 'open', Date.now() + 12_000);
    jest.advanceTimersByTime(12_000);
    all.learn('d', 'half-open', Date.now() + 7_000);
    expect(all.ticket('d')).toBeNull();
    jest.advanceTimersByTime(7_000);
    expect(all.ticket('d')).not.toBeNull();
  });

  it('does not open for what is over, nor for longer than the reset time', () => {
    const { breakers: all } = breakers();
    all.learn('d', 'open', Date.now() - 1);
    expect(all.state('d')).toBe('closed');
    all.learn('d', 'open', Date.now() + 10 * RESET_MS);
    expect(all.reopensInMs('d')).toBe(RESET_MS);
  });

  it('reaches as many processes as listen, each once', () => {
    const told: string[] = [];
    const pods: Breakers[] = [0, 1, 2].map((pod) => new Breakers({ threshold: 5, resetMs: RESET_MS, onChange: (id, state, until) => (told.push(`${pod} ${state}`), pods.forEach((other, i) => i !== pod && other.learn(id, state, until))) }));
    fail(pods[0] as Breakers, 5);
    expect(pods.map((pod) => pod.state('d'))).toEqual(['open', 'open', 'open']);
    jest.advanceTimersByTime(RESET_MS);
    expect(pods.map((pod) => pod.ticket('d') !== null)).toEqual([true, false, false]);
    expect(told).toEqual(['0 open', '0 half-open']);
  });
});

describe('its memory', () => {
  it('holds only deployments in trouble, and lets go of those that are gone or well', () => {
    const { breakers: all } = breakers();
    for (let i = 0; i < 100; i++) taken(all, `well-${i}`).succeed();
    fail(all, 5, 'ill');
    fail(all, 5, 'gone');
    fail(all, 1, 'recovered');
    taken(all, 'recovered').succeed();
    all.retain(new Set(['ill', 'recovered']));
    expect([...all.states()]).toEqual([['ill', 'open']]);
    expect(all.ticket('gone')).not.toBeNull();
  });

  it('is bounded', () => {
    const { breakers: all } = breakers();
    for (let i = 0; i < 10_050; i++) taken(all, `d${i}`).fail();
    expect([...all.states()]).toHaveLength(10_000);
    all.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('costs a well deployment next to nothing', () => {
    jest.useRealTimers();
    const { breakers: all } = breakers();
    const from = performance.now();
    for (let i = 0; i < 200_000; i++) all.ticket('d')?.succeed();
    expect(((performance.now() - from) * 1000) / 200_000).toBeLessThan(2);
  });
});
