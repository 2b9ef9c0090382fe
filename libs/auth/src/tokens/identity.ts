import { DomainError, NO_LIMITS, type Principal } from '@higress/kernel';
import { permits, type Permission } from '../permissions';
import type { SessionRecord } from './session-record';

/** Who presents an access token. */
export class Identity {
  readonly sessionId: string;
  readonly userId: string;
  readonly email: string;
  readonly tenantId: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly #inference: Principal | null;

  constructor(record: SessionRecord) {
    this.sessionId = record.sessionId;
    this.userId = record.userId;
    this.email = record.email;
    this.tenantId = record.tenantId;
    this.roles = record.roles;
    this.permissions = record.permissions;
    this.#inference = this.seesAllTenants || record.billing === 'internal' ? toPrincipal(record) : null;
  }

  /** True for owners. Everybody else sees the rows of one tenant. */
  get seesAllTenants(): boolean {
    return this.permissions.includes('*');
  }

  /** The only tenant whose rows may be shown; null is all. */
  get visibleTenantId(): string | null {
    return this.seesAllTenants ? null : this.tenantId;
  }

  /** @throws DomainError FORBIDDEN */
  require(permission: Permission): void {
    if (!permits(this.permissions, permission)) throw new DomainError('FORBIDDEN');
  }

  /** The caller on the internal channel. @throws DomainError FORBIDDEN unless an owner, or a person of an internal tenant */
  get inference(): Principal {
    if (!this.#inference) throw new DomainError('FORBIDDEN', { message: 'The internal channel is for owners and for people of internal tenants.' });
    return this.#inference;
  }
}

function toPrincipal({ tenantId, billing, userId, tenantLimits }: SessionRecord): Principal {
  return Object.freeze({ channel: 'internal', tenantId, billing, keyId: null, label: userId, userId, limits: NO_LIMITS, tenantLimits, models: null, endpoints: null, allowedIps: null, tags: {} });
}
