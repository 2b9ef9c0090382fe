import type { Credential, Deployment, Ending } from '@higress/kernel';

/** One attempt to have a deployment answer. */
export interface UpstreamCall {
  readonly deployment: Deployment;
  /** The one that `headers` already carries; kept for the log and for redaction. */
  readonly credential: Credential | null;
  /** `POST` unless said otherwise. */
  readonly method?: 'POST' | 'GET';
  /** What follows the provider's base URL, with its leading slash. */
  readonly path: string;
  /** Flat list of name and value, as an adapter makes it. */
  readonly headers: string[];
  readonly body: Uint8Array | null;
  /** Ends the call at once, whatever its state, with the signal's reason. The overall deadline is one of its uses. */
  readonly signal: Ending;
  readonly connectMs: number;
  /** From the request on its way to the first byte of the answer's body. */
  readonly firstTokenMs: number;
  /**
   * Longest silence once the body has begun. A number (default: the provider's): every chunk from the network counts as life,
   * until the first {@link UpstreamAnswer.expectWithin}. Null: only `expectWithin` does, so `firstTokenMs` goes on until it is called.
   */
  readonly idleMs?: number | null;
  /** Most bytes of body; one more is UPSTREAM_RESPONSE_TOO_LARGE. Default 64 MiB. */
  readonly maxBytes?: number;
}

/** An answer whose headers have arrived. It is read to its end or cancelled: an answer that is left alone keeps its socket until a time limit. */
export interface UpstreamAnswer {
  readonly status: number;
  /** Names in lower case; repeated fields are lists. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Bytes of body received so far. */
  readonly receivedBytes: number;
  /**
   * Everything that came since the last read, null at the end. One read at a time. At 1 MB unread the provider is paused.
   * Rejects with a DomainError on a broken connection, a silence or too many bytes, after giving what came before;
   * with the signal's reason once that has fired.
   */
  read(): Promise<Buffer | null>;
  /** The rest of the body at once. Rejects as {@link read} does. Not to be mixed with a read under way. */
  readAll(): Promise<Buffer>;
  /** From now on fails with UPSTREAM_TIMEOUT unless called again within `ms`. Time in which bytes wait for the reader does not count. */
  expectWithin(ms: number): void;
  /** Closes the connection at once, unless the answer was complete. Unread bytes are dropped, a read under way rejects with `reason`. */
  cancel(reason?: unknown): void;
}
