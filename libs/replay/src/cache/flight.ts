import type { KeptAnswer } from '../kept-answer';

/** One answer on its way in this process, and those who wait for it. */
export class Flight {
  readonly landed: Promise<KeptAnswer | null>;
  private land!: (answer: KeptAnswer | null) => void;

  constructor() {
    this.landed = new Promise((resolve) => (this.land = resolve));
  }

  /** @param answer null where none came: one of those who wait goes next */
  end(answer: KeptAnswer | null): void {
    this.land(answer);
  }
}
