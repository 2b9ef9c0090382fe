/** Who may be in a {@link Roster}: one at a time. */
export interface Seated {
  /** Where it stands there; -1 while it does not. The roster's to change. */
  seat: number;
}

/**
 * What is under way, for things that come and go by the thousand in a second. A `Set` makes itself a new table for every few dozen of them, and a
 * table that was left behind after it had grown old keeps alive whatever stood in it, until the collector looks through all that is old.
 */
export class Roster<T extends Seated> implements Iterable<T> {
  private readonly seats: T[] = [];

  get size(): number {
    return this.seats.length;
  }

  /** Does nothing where it is in already. */
  add(item: T): void {
    if (item.seat === -1) item.seat = this.seats.push(item) - 1;
  }

  /** Does nothing where it is not in. */
  delete(item: T): void {
    const { seat } = item;
    if (seat === -1) return;
    const last = this.seats.pop() as T;
    if (last !== item) {
      this.seats[seat] = last;
      last.seat = seat;
    }
    item.seat = -1;
  }

  /** In no order, and as they were when it began: whoever is told may leave, or let others in. */
  [Symbol.iterator](): Iterator<T> {
    return this.seats.slice().values();
  }
}
