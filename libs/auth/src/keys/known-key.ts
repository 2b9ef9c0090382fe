import { DomainError, type Principal } from '@higress/kernel';
import { IpAllowList } from './ip-allow-list';
import type { KeyRecord } from './key-record';

/** A key as it is kept in memory, with everything built that a call needs. */
export class KnownKey {
  readonly keyId: string;
  readonly tenantId: string;
  readonly #principal: Principal;
  readonly #allowed: IpAllowList | null;

  constructor(private readonly record: KeyRecord) {
    this.keyId = record.keyId;
    this.tenantId = record.tenantId;
    this.#allowed = record.allowedIps && new IpAllowList(record.allowedIps);
    this.#principal = toPrincipal(record);
  }

  /**
   * The caller that the key stands for.
   * @throws DomainError API_KEY_REVOKED, API_KEY_EXPIRED, FORBIDDEN (its tenant is disabled), IP_NOT_ALLOWED or INVALID_SIGNATURE
   */
  admit(ip: string, nowMs: number): Principal {
    const { status, expiresAtMs, tenantStatus, signing } = this.record;
    if (status === 'revoked') throw new DomainError('API_KEY_REVOKED');
    if (expiresAtMs !== null && nowMs >= expiresAtMs) throw new DomainError('API_KEY_EXPIRED');
    if (tenantStatus !== 'active') throw new DomainError('FORBIDDEN', { message: 'The tenant of this API key is disabled.' });
    if (this.#allowed && !this.#allowed.allows(ip)) throw new DomainError('IP_NOT_ALLOWED');
    // No signature is verified yet, so a key that demands one admits nobody.
    if (signing === 'required') throw new DomainError('INVALID_SIGNATURE', { message: 'This API key takes signed requests only.' });
    return this.#principal;
  }
}

function toPrincipal({ tenantId, billing, keyId, prefix, limits, tenantLimits, models, endpoints, allowedIps, tags }: KeyRecord): Principal {
  return Object.freeze({ channel: 'external', tenantId, billing, keyId, label: prefix, userId: null, limits, tenantLimits, models, endpoints, allowedIps, tags });
}
