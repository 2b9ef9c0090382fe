import type { IncomingHttpHeaders } from 'node:http';
import type { AccessTokens, ApiKeys } from '@higress/auth';
import { DomainError, type Principal } from '@higress/kernel';
import type { RateLimiter } from '@higress/rate-limit';
import type { InferenceCall } from './call';

const BEARER = /^bearer +(\S+) *$/i;

/** Who calls. The address's limit on failed attempts is taken before any look-up and given back when the caller is known. */
export class Authenticate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly tokens: AccessTokens,
    private readonly limiter: RateLimiter,
  ) {}

  /** @throws DomainError 401, 403 or RATE_LIMIT_RPM */
  async run({ channel, headers, ip }: Pick<InferenceCall, 'channel' | 'headers' | 'ip'>): Promise<Principal> {
    const presented = channel === 'external' ? presentedKey(headers) : bearer(headers);
    const known = presented === undefined ? null : channel === 'external' ? this.keys.peek(presented, ip) : (this.tokens.peek(presented)?.inference ?? null);
    if (known) return known;
    await this.limiter.admitUnauthenticated(ip);
    const principal = channel === 'external' ? await this.keys.authenticate(presented ?? missing('INVALID_API_KEY'), ip) : (await this.tokens.verify(presented ?? missing('INVALID_TOKEN'))).inference;
    this.limiter.refundUnauthenticated(ip);
    return principal;
  }
}

function missing(code: 'INVALID_API_KEY' | 'INVALID_TOKEN'): never {
  throw new DomainError(code);
}

function bearer(headers: IncomingHttpHeaders): string | undefined {
  return headers.authorization === undefined ? undefined : BEARER.exec(headers.authorization)?.[1];
}

/** `Authorization: Bearer`, `x-api-key` or `x-goog-api-key`: where each official SDK puts it. */
function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const named = headers['x-api-key'] ?? headers['x-goog-api-key'];
  return bearer(headers) ?? (typeof named === 'string' ? named.trim() : undefined);
}
