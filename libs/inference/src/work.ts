import type { HoldDraft } from '@higress/billing';
import type { CompletionRequest, Deployment, DomainError, Model, Principal, Usage } from '@higress/kernel';
import type { Permit } from '@higress/rate-limit';
import type { Client, InferenceCall } from './call';
import type { CallLife } from './call-life';
import type { CallTrace } from './call-trace';
import type { Exchange } from './exchange';
import type { Thread } from './response-memory';

/** A call that is known, understood and admitted. */
export interface Work {
  readonly call: InferenceCall;
  readonly client: Client;
  readonly trace: CallTrace;
  readonly life: CallLife;
  readonly principal: Principal;
  readonly request: CompletionRequest;
  readonly exchange: Exchange;
  readonly thread: Thread | null;
  readonly model: Model;
  readonly permit: Permit;
  readonly hold: HoldDraft;
}

/** What an answer came to, when nothing more will come of it. */
export interface Completion {
  readonly deployment: Deployment;
  readonly usage: Usage;
  /** Why it broke off after its first content; null where it is whole. */
  readonly fault: DomainError | null;
  /** What is left to send: the whole answer, or the end of its stream; null where it is cut off. Made once, after the charge is in the spool. */
  last(): Buffer | null;
  deliver(last: Buffer | null): void;
}
