import type { Credential } from '@higress/kernel';

const DEFAULT_REST_MS = 5_000;
const LONGEST_REST_MS = 600_000;
/** Rests that are over are swept when there are so many. */
const SWEEP_AT = 1_000;

export interface CredentialChoice {
  /** Null where all of them rest, or there are none. */
  readonly credential: Credential | null;
  /** Milliseconds until one wakes; 0 unless all of them rest. */
  readonly wakesInMs: number;
}

const NONE: CredentialChoice = { credential: null, wakesInMs: 0 };

/** A credential that was answered 429 is left alone for as long as the provider asked. */
export class CredentialRests {
  private readonly until = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @param forMs what the provider asked for, at most 10 minutes; 5 s where it did not say. A rest is never shortened. */
  rest(credentialId: string, forMs: number = DEFAULT_REST_MS): void {
    const now = this.now();
    if (this.until.size >= SWEEP_AT) for (const [id, until] of this.until) if (until <= now) this.until.delete(id);
    this.until.set(credentialId, Math.max(this.until.get(credentialId) ?? 0, now + Math.min(forMs, LONGEST_REST_MS)));
  }

  /**
   * One that is awake, by weight.
   * @param seed in [0, 1); the same seed gives the same credential. A weight of 0 is taken only while no other is awake.
   */
  pick(credentials: readonly Credential[], seed: number): CredentialChoice {
    const [only] = credentials;
    if (!only) return NONE;
    if (this.until.size === 0) return { credential: weighted(credentials, seed), wakesInMs: 0 };
    const now = this.now();
    const awake = credentials.filter(({ id }) => (this.until.get(id) ?? 0) <= now);
    if (awake.length > 0) return { credential: weighted(awake, seed), wakesInMs: 0 };
    return { credential: null, wakesInMs: Math.min(...credentials.map(({ id }) => (this.until.get(id) ?? 0) - now)) };
  }
}

/** The list is not empty. */
function weighted(credentials: readonly Credential[], seed: number): Credential {
  if (credentials.length === 1) return credentials[0] as Credential;
  const total = credentials.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= 0) return credentials[Math.floor(seed * credentials.length)] as Credential;
  let left = seed * total;
  return (credentials.find(({ weight }) => (left -= weight) < 0) ?? credentials[credentials.length - 1]) as Credential;
}
