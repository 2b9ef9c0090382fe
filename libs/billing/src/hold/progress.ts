import type { NanoUsd, Usage } from '@higress/kernel';

/** What a running call has used so far: what it is charged if nobody ever settles it. */
export interface Progress {
  readonly usage: Usage;
  readonly costNanoUsd: NanoUsd;
  /** How many deployments were tried; 1 unless told. */
  readonly attempts?: number;
}
