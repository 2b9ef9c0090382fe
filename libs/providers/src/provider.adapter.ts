import type { Credential, Dialect, DomainError, Endpoint, Provider } from '@higress/kernel';

/** Header fields of an answer, names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How one kind of provider is spoken to. Pure: it never opens a socket and keeps nothing of a call. */
export interface ProviderAdapter {
  readonly name: string;
  /** The wire form of its requests and answers; the same as the client's means that bytes pass through. */
  readonly wire: Dialect;
  /** What follows the provider's base URL, with its leading slash. */
  path(endpoint: Endpoint, upstreamModel: string): string;
  /**
   * The request's fields as a flat list of name and value, names in lower case, values free of control characters.
   * A new array each time: the caller may append to it.
   */
  headers(credential: Credential | null, provider: Provider): string[];
  /** The request's member that bounds the tokens of an answer. */
  outputBoundField(provider: Provider): string;
  /**
   * What an answer that is not 2xx means for the caller.
   * A provider's own 4xx about the request keeps its status and message; whatever concerns our account there, or our
   * configuration, becomes a 502 that says nothing of it. The provider's own words about those are in `cause`, for the log.
   * @param credential  the one that was sent: its value never shows, should the provider quote it
   */
  explain(status: number, headers: AnswerHeaders, body: Uint8Array, credential?: Credential | null): DomainError;
}
