import type { Sealer } from '@higress/database';
import { DomainError, type Principal } from '@higress/kernel';
import { IpAllowList } from './ip-allow-list';
import type { KeyRecord } from './key-record';
import { signingSecretPlace } from './signing-secret-place';

/** A key as it is kept in memory, with everything built that a call needs. */
export class KnownKey {
  readonly keyId: string;
  readonly tenantId: string;
  /** Whom it stands for, once {@link admit} has let it in. */
  readonly principal: Principal;
  /** True where it admits nobody without a signature. */
  readonly demandsSignature: boolean;
  readonly #allowed: IpAllowList | null;
  #signingSecret: Buffer | undefined;

  constructor(private readonly record: KeyRecord) {
    this.keyId = record.keyId;
    this.tenantId = record.tenantId;
    this.#allowed = record.allowedIps && new IpAllowList(record.allowedIps);
    this.principal = toPrincipal(record);
    this.demandsSignature = record.signing === 'required';
  }

  /**
   * Itself, where it may be used from there and now; a signature is looked at afterwards.
   * @throws DomainError API_KEY_REVOKED, API_KEY_EXPIRED, FORBIDDEN (its tenant is disabled) or IP_NOT_ALLOWED
   */
  admit(ip: string, nowMs: number): this {
    const { status, expiresAtMs, tenantStatus } = this.record;
    if (status === 'revoked') throw new DomainError('API_KEY_REVOKED');
    if (expiresAtMs !== null && nowMs >= expiresAtMs) throw new DomainError('API_KEY_EXPIRED');
    if (tenantStatus !== 'active') throw new DomainError('FORBIDDEN', { message: 'The tenant of this API key is disabled.' });
    if (this.#allowed && !this.#allowed.allows(ip)) throw new DomainError('IP_NOT_ALLOWED');
    return this;
  }

  /** What its requests are signed with; opened the first time. @throws UnsealError where it cannot be, Error where it has none */
  signingSecret(sealer: Sealer): Buffer {
    const { keyId, signingSecretSealed } = this.record;
    if (signingSecretSealed === null) throw new Error(`the key ${keyId} demands signatures and has no signing secret`);
    return (this.#signingSecret ??= sealer.open(Buffer.from(signingSecretSealed, 'base64'), signingSecretPlace(keyId)));
  }
}

function toPrincipal({ tenantId, billing, keyId, prefix, limits, tenantLimits, models, endpoints, allowedIps, cache, tags, budgeted }: KeyRecord): Principal {
  return Object.freeze({ channel: 'external', tenantId, billing, keyId, label: prefix, userId: null, limits, tenantLimits, models, endpoints, allowedIps, cache: cache === 'on', tags, budgeted });
}
