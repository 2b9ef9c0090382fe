/** What a browser tells of where a request comes from. */
export interface Provenance {
  readonly 'sec-fetch-site'?: string | string[];
  readonly origin?: string;
}

/**
 * False where a browser says that another site made it send this. Browsers that do not send `Sec-Fetch-Site` (or may not, without TLS)
 * send `Origin` with every POST; a client that sends neither is no browser, and has no cookie of somebody else.
 * @param host the host that was asked, with its port
 */
export function isSameOrigin(headers: Provenance, host: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  if (headers.origin === undefined) return true;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === host;
}
