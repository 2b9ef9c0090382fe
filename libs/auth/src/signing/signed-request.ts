import type { IncomingHttpHeaders } from 'node:http';

/** What a signature covers: a request as it arrived. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query exactly as in the request's first line. */
  readonly target: string;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** The bytes of the body; empty where there is none. */
  readonly body: Uint8Array;
}
