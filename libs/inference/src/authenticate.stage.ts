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

  /**
   * At once where the caller is known and has nothing to prove.
   * @throws DomainError 401, 403, RATE_LIMIT_RPM, or NOT_READY; so does the promise
   */
  run(call: Presented): Principal | Promise<Principal> {
    return call.channel === 'external' ? this.byKey(call) : this.byToken(call);
  }

  private byKey(call: Presented): Principal | Promise<Principal> {
    const { keys, lastUsed } = this.parts;
    const presented = presentedKey(call.headers);
    const known = presented === undefined ? null : keys.peek(presented, call.ip);
    if (!known) return this.findKey(call, presented);
    if (known.demandsSignature) return this.verify(known, call);
    lastUsed.note(known.keyId);
    return known.principal;
  }

  private async findKey(call: Presented, presented: string | undefined): Promise<Principal> {
    const { keys, signatures, lastUsed, limiter } = this.parts;
    await limiter.admitUnauthenticated(call.ip);
    const key = await keys.find(presented ?? missing('INVALID_API_KEY'), call.ip);
    if (key.demandsSignature) await signatures.verify(key, call);
    limiter.refundUnauthenticated(call.ip);
    lastUsed.note(key.keyId);
    return key.principal;
  }

  /** Only what fails counts against the address, so that whoever can sign is let in however many around him cannot. */
  private async verify(key: KnownKey, call: Presented): Promise<Principal> {
    try {
      await this.parts.signatures.verify(key, call);
      this.parts.lastUsed.note(key.keyId);
      return key.principal;
    } catch (error) {
      if (error instanceof DomainError && error.http === 401) await this.parts.limiter.admitUnauthenticated(call.ip);
      throw error;
    }
  }

  private byToken({ headers, ip }: Presented): Principal | Promise<Principal> {
    const presented = bearer(headers);
    const known = presented === undefined ? null : (this.parts.tokens.peek(presented)?.inference ?? null);
    return known ?? this.verifyToken(presented, ip);
  }

  private async verifyToken(presented: string | undefined, ip: string): Promise<Principal> {
    const { tokens, limiter } = this.parts;
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
