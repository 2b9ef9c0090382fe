import type { IncomingHttpHeaders } from 'node:http';
import type { AccessTokens, ApiKeys, KnownKey, LastUsed, Signatures } from '@higress/auth';
import { DomainError, type Principal } from '@higress/kernel';
import type { RateLimiter } from '@higress/rate-limit';
import type { InferenceCall } from './call';

const BEARER = /^bearer +(\S+) *$/i;

export interface AuthenticateParts {
  readonly keys: ApiKeys;
  readonly signatures: Signatures;
  readonly lastUsed: LastUsed;
  readonly tokens: AccessTokens;
  readonly limiter: RateLimiter;
}

/** What of a call tells who makes it. */
export type Presented = Pick<InferenceCall, 'channel' | 'ip' | 'method' | 'target' | 'headers' | 'body'>;

/** Who calls. The address's limit on failed attempts is taken before any look-up and given back when the caller is known. */
export class Authenticate {
  constructor(private readonly parts: AuthenticateParts) {}

  /** @throws DomainError 401, 403, RATE_LIMIT_RPM, or NOT_READY */
  run(call: Presented): Promise<Principal> {
    return call.channel === 'external' ? this.byKey(call) : this.byToken(call);
  }

  private async byKey(call: Presented): Promise<Principal> {
    const { keys, signatures, lastUsed, limiter } = this.parts;
    const { headers, ip } = call;
    const presented = presentedKey(headers);
    let key = presented === undefined ? null : keys.peek(presented, ip);
    if (!key) {
      await limiter.admitUnauthenticated(ip);
      key = await keys.find(presented ?? missing('INVALID_API_KEY'), ip);
      if (key.demandsSignature) await signatures.verify(key, call);
      limiter.refundUnauthenticated(ip);
    } else if (key.demandsSignature) await this.verify(key, call);
    lastUsed.note(key.keyId);
    return key.principal;
  }

  /** Only what fails counts against the address, so that whoever can sign is let in however many around him cannot. */
  private async verify(key: KnownKey, call: Presented): Promise<void> {
    try {
      await this.parts.signatures.verify(key, call);
    } catch (error) {
      if (error instanceof DomainError && error.http === 401) await this.parts.limiter.admitUnauthenticated(call.ip);
      throw error;
    }
  }

  private async byToken({ headers, ip }: Presented): Promise<Principal> {
    const { tokens, limiter } = this.parts;
    const presented = bearer(headers);
    const known = presented === undefined ? null : (tokens.peek(presented)?.inference ?? null);
    if (known) return known;
    await limiter.admitUnauthenticated(ip);
    const { inference } = await tokens.verify(presented ?? missing('INVALID_TOKEN'));
    limiter.refundUnauthenticated(ip);
    return inference;
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
