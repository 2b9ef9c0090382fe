import { SYSTEM_ACTOR, type Actor } from '../append-audit';

/** Who manages, and whose rows they may see and change. */
export interface Requester {
  /** As the audit writes it down. */
  readonly actor: Actor;
  /** The only tenant; null is all of them, and what belongs to the whole installation. */
  readonly tenantId: string | null;
  /** The only person whose keys and usage; null is everybody's. */
  readonly ownerId: string | null;
}

/** The installation itself: what happens at a start, and what an operator does with `ctl`. */
export const SYSTEM: Requester = { actor: SYSTEM_ACTOR, tenantId: null, ownerId: null };
