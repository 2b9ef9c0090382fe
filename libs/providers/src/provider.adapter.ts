import type { ClientDialect, Credential, DomainError, Endpoint, Provider } from '@higress/kernel';
import type { MediaWays, ProviderCodec, ServiceCall, ServiceWays } from '@higress/wire';

/** Header fields of an answer, names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a call is to be, beside what it says. */
export interface Aim {
  readonly provider: Provider;
  readonly stream: boolean;
  /** True where the client's bytes pass through; else a translation is sent. */
  readonly passes: boolean;
}

/** What a signature is made over. */
export interface Sent {
  readonly credential: Credential | null;
  readonly provider: Provider;
  /** As {@link ProviderAdapter.path} gave it. */
  readonly path: string;
  readonly body: Uint8Array;
  readonly at: Date;
}

/** A request as a provider is told it. */
export interface EncodedRequest extends ServiceCall {
  /** True where the client's bytes pass through; else it is a translation. */
  readonly passes: boolean;
  /** What must be asked beside it, where the provider takes less at once than its client asked for: all of them make one answer. */
  readonly further?: readonly EncodedRequest[];
}

/** How one kind of provider is spoken to. Pure: it never opens a socket and keeps nothing of a call. */
export interface ProviderAdapter {
  readonly name: string;
  /** Whether it understands a client of this dialect as that one speaks: then bytes pass through, both ways. */
  speaks(dialect: ClientDialect, provider: Provider): boolean;
  /** How everybody else's requests are told to it, and its answers read. */
  codec(provider: Provider): ProviderCodec;
  /** What it can be asked beside conversations, and how. The same object each time. */
  services(provider: Provider, upstreamModel: string): ServiceWays;
  /** What it can be asked of pictures and sound, and how. The same object each time. */
  media(provider: Provider, upstreamModel: string): MediaWays;
  /** What follows the provider's base URL, with its leading slash; as a call that is not streamed and passes through where nothing else is said. */
  path(endpoint: Endpoint, upstreamModel: string, aim?: Aim): string;
  /**
   * The request's fields as a flat list of name and value, names in lower case, values free of control characters.
   * A new array each time: the caller may append to it.
   * @param asked the client's own fields, of which those of the provider's dialect pass when bytes do
   */
  headers(credential: Credential | null, provider: Provider, asked?: AnswerHeaders): string[];
  /**
   * The same fields with a signature over what is sent, where the provider wants one.
   * @param fields as {@link headers} gave them
   */
  sign?(fields: string[], sent: Sent): string[];
  /** False where a stream's usage is told unasked and asking is refused; absent where all may be asked. */
  takesStreamOptions?(provider: Provider): boolean;
  /** The request's member that bounds the tokens of an answer, where bytes pass through. */
  outputBoundField(provider: Provider): string;
  /**
   * What an answer that is not 2xx means for the caller.
   * A provider's own 4xx about the request keeps its status and message; whatever concerns our account there, or our
   * configuration, becomes a 502 that says nothing of it. The provider's own words about those are in `cause`, for the log.
   * @param credential  the one that was sent: its value never shows, should the provider quote it
   */
  explain(status: number, headers: AnswerHeaders, body: Uint8Array, credential?: Credential | null): DomainError;
}
