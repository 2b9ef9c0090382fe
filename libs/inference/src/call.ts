import type { IncomingHttpHeaders } from 'node:http';
import type { Channel, Ending, Endpoint } from '@higress/kernel';

/** One request for inference as it arrived, whatever brought it. */
export interface InferenceCall {
  /** A UUIDv7 of ours: the identity of the call in the bill, the log and errors. */
  readonly requestId: string;
  /** `performance.now()` at its first byte. */
  readonly receivedAt: number;
  readonly channel: Channel;
  readonly endpoint: Exclude<Endpoint, 'models' | 'messages/count_tokens'>;
  readonly ip: string;
  readonly method: string;
  /** Path and query as in the request's first line. */
  readonly target: string;
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly body: Buffer;
  /** What the path told, in a dialect that names model and streaming there; `asArray` asks for a stream in one JSON array. */
  readonly path?: { readonly model: string; readonly stream: boolean; readonly asArray: boolean };
  /** The caller's own `x-request-id`, recorded and nothing else. */
  readonly clientRequestId: string | null;
}

/** A flat list of header names and values, as Node writes them. */
export type FlatHeaders = string[];

/** Where the answer goes. Either one `answer`, or one `begin`, any number of `write`s and one `end` or `breakOff`. */
export interface Client {
  /** Calls back once when the client went away before its answer was complete. */
  onGone(leave: () => void): void;
  answer(status: number, headers: FlatHeaders, body: Buffer): void;
  begin(headers: FlatHeaders): void;
  /** False when the client reads slower than we write: wait for {@link drained} before the next one. */
  write(bytes: Buffer): boolean;
  /** Resolves when the client takes more, when it is gone, or when the call is over. */
  drained(over: Ending): Promise<void>;
  end(bytes: Buffer): void;
  /** Cuts the connection under an answer that was begun, where nothing else can tell that it is not whole. */
  breakOff(): void;
}
