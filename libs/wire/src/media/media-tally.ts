import type { Usage } from '@higress/kernel';
import type { Json } from '../canonical/fields';

/** Keeps count of what a call of pictures or sound has come to, while its answer passes. */
export interface MediaTally {
  /** What it is charged if nothing more comes. */
  readonly usage: Usage;
  /** One event of a stream. @returns true where it is content */
  note(event: Json): boolean;
}
