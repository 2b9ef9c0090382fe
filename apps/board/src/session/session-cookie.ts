const NAME = 'higress_board';

/** The value of the board's cookie in a `Cookie` header; null where there is none. */
export function readSessionCookie(header: string | undefined): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === NAME && value) return value;
  }
  return null;
}

/**
 * A `Set-Cookie` that no script can read and no other site can cause to be sent. An empty token takes it away.
 * @param isSecure whether the browser came by TLS: the cookie is then never sent without
 */
export function writeSessionCookie(token: string, lifeSeconds: number, isSecure: boolean): string {
  return `${NAME}=${token}; Path=/; Max-Age=${token ? lifeSeconds : 0}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
