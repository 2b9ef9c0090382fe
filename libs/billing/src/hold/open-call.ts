import type { Seated } from '@higress/kernel';
import type { LaneItem } from '../postgres/lane';
import type { HoldDraft } from './hold-draft';
import type { Progress } from './progress';

/** Where the hold of a running call is. `dropped`: it will not be sent any more. */
export type HoldState = 'queued' | 'sent' | 'placed' | 'dropped';

/** A call between its hold and its settle. */
export interface OpenCall extends LaneItem, Seated {
  readonly draft: HoldDraft;
  readonly sinceMs: number;
  state: HoldState;
  progress: Progress | null;
  /** Of the caller that waits for the verdict. */
  waiter: { resolve(): void; reject(error: Error): void } | null;
  /** While its caller does wait. */
  isWaiting: boolean;
  /** What to do when the batch that carries the hold has come back. */
  afterBatch: (() => void) | null;
}
