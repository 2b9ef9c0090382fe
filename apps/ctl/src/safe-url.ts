const SECRET_PARAMETER = /pass|secret|token|key/i;

/** A connection URL without its password, fit to be printed. Also reads what `URL` does not, such as a list of hosts. */
export function safeUrl(url: string): string {
  const [, scheme = '', rest = ''] = /^([a-z0-9+]+:\/\/)?(.*)$/is.exec(url) ?? [];
  const [address = '', query] = rest.split(/\?(.*)/s);
  const at = address.lastIndexOf('@');
  const user = at < 0 ? '' : `${userOf(address.slice(0, at))}@`;
  return `${scheme}${user}${address.slice(at + 1)}${query === undefined ? '' : `?${query.split('&').map(safeParameter).join('&')}`}`;
}

function userOf(credentials: string): string {
  const colon = credentials.indexOf(':');
  return colon < 0 ? credentials : `${credentials.slice(0, colon)}:***`;
}

function safeParameter(parameter: string): string {
  const [name = ''] = parameter.split('=');
  return SECRET_PARAMETER.test(name) ? `${name}=***` : parameter;
}
