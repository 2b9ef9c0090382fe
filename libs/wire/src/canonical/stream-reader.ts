import type { DomainError, Usage } from '@higress/kernel';

/** What one piece of a provider's stream came to. */
export interface StreamStep {
  /** For the client; empty where there is nothing to pass on. */
  readonly forward: Buffer;
  /** True when it held anything but comments and pings: what the idle timeout waits for. */
  readonly useful: boolean;
  /** Why nothing behind `forward` can be read: UPSTREAM_INVALID_RESPONSE for what is no stream of its kind, or the error that the provider told. */
  readonly fault: DomainError | null;
}

/** Reads a provider's stream and gives what the client is to get of it, whatever either of them speaks. */
export interface StreamReader {
  /** True once content has come: from here on nothing is tried elsewhere. */
  readonly committed: boolean;
  /** True once the stream told that it is whole. */
  readonly finished: boolean;
  /** The last that the provider told. */
  readonly usage: Usage | null;
  /** True while no text has come after it. */
  readonly isUsageCurrent: boolean;
  push(piece: Buffer): StreamStep;
  /** The provider closed its stream. */
  end(): StreamStep;
  /** Tokens answered so far, from what passed. Never throws. */
  estimateOutputTokens(): number;
}

/** What the gateway itself says in a client's stream. */
export interface StreamEnding {
  /** What keeps a silent stream alive; null where its form has nothing that says nothing. */
  keepAlive(): Buffer | null;
  /** The last bytes of an answer that is whole. @param aside what its caller is to know beside it, or null */
  whole(aside: Readonly<Record<string, unknown>> | null): Buffer;
  /** The last bytes of one that broke off; null where its form cannot tell that: then the connection is cut. */
  broken(error: DomainError): Buffer | null;
}

export interface OpenStream {
  readonly reader: StreamReader;
  readonly ending: StreamEnding;
  /** Of what the client gets, where the provider decides it. */
  readonly contentType?: string;
}
