import type { RedisOptions } from 'ioredis';

/** Where a Redis is and how to log in, read from its URL. */
export interface RedisAddress {
  readonly cluster: boolean;
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly options: Pick<RedisOptions, 'username' | 'password' | 'db' | 'tls'>;
}

const DEFAULT_PORT = 6379;
const URL_SHAPE = /^(redis|rediss)(\+cluster)?:\/\/(?:([^@]*)@)?([^/?#]+)(?:\/(\d*))?$/;
const NODE_SHAPE = /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/;

/**
 * Reads `redis://user:password@host:port/db`, `rediss://…` (TLS) and `redis+cluster://h1:p,h2:p`.
 * @throws RangeError naming what is wrong, never the URL itself: it may hold a password.
 */
export function redisAddress(url: string): RedisAddress {
  const match = URL_SHAPE.exec(url);
  if (!match) throw new RangeError('not a Redis URL: expected redis://host:port/db, rediss://… or redis+cluster://h1:p,h2:p');
  const [, scheme, clustered, login, hosts = '', db] = match;
  const nodes = hosts.split(',').map(nodeOf);
  if (!clustered && nodes.length > 1) throw new RangeError('several hosts need redis+cluster://');
  if (clustered && db) throw new RangeError('a Redis cluster has no numbered databases');
  return { cluster: clustered !== undefined, nodes, options: { ...credentials(login), ...(db && { db: Number(db) }), ...(scheme === 'rediss' && { tls: {} }) } };
}

function nodeOf(text: string): { host: string; port: number } {
  const match = NODE_SHAPE.exec(text);
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  if (!match?.[1] || port < 1 || port > 65_535) throw new RangeError('a host of the Redis URL is not host:port');
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

function credentials(login: string | undefined): Pick<RedisOptions, 'username' | 'password'> {
  if (!login) return {};
  const colon = login.indexOf(':');
  if (colon < 0) return { username: decodeURIComponent(login) };
  const username = decodeURIComponent(login.slice(0, colon));
  return { ...(username && { username }), password: decodeURIComponent(login.slice(colon + 1)) };
}
