const SCHEME = /^postgres(?:ql)?(?:\+[a-z0-9]+)?:\/\//i;
const SSL_WORDS: Record<string, string> = { true: 'require', '1': 'require', false: 'disable', '0': 'disable' };

/**
 * Rewrites a SQLAlchemy URL into one that pg understands: `postgresql+asyncpg://` becomes `postgresql://`, and `ssl=` becomes `sslmode=`.
 * `sslmode` means what libpq says: `require` encrypts and trusts any certificate, `verify-ca` and `verify-full` check it against `sslrootcert`.
 * `allow` and `prefer` ask for TLS and do not fall back: a connection is never quietly in plain text.
 * @throws RangeError for another scheme; the message does not repeat the URL, which holds a password.
 */
export function toPostgresUrl(url: string): string {
  if (!SCHEME.test(url)) throw new RangeError('a database URL begins with postgresql://');
  const [address = '', query] = url.replace(SCHEME, 'postgresql://').split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const ssl = parameters.get('ssl');
  parameters.delete('ssl');
  if (ssl !== null && !parameters.has('sslmode')) parameters.set('sslmode', SSL_WORDS[ssl.toLowerCase()] ?? ssl);
  if (parameters.get('sslmode') === 'allow') parameters.set('sslmode', 'prefer');
  if (parameters.has('sslmode')) parameters.set('uselibpqcompat', 'true');
  return parameters.size > 0 ? `${address}?${parameters}` : address;
}
