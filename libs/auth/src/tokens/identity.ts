import type { Actor, Requester } from '@higress/database';
import { DomainError, NO_LIMITS, type Principal } from '@higress/kernel';
import { permissionsOf, type Permission, reachOf } from '../permissions';
import type { SessionRecord } from './session-record';

/** Who presents an access token. */
export class Identity {
  readonly sessionId: string;
  readonly userId: string;
  readonly email: string;
  readonly tenantId: string;
  readonly roles: readonly string[];
  readonly #inference: Principal | null;

  constructor(record: SessionRecord) {
    this.sessionId = record.sessionId;
    this.userId = record.userId;
    this.email = record.email;
    this.tenantId = record.tenantId;
    this.roles = record.roles;
    this.#inference = record.billing === 'internal' || this.may('inference:internal') ? toPrincipal(record) : null;
  }

  get permissions(): readonly Permission[] {
    return permissionsOf(this.roles);
  }

  may(permission: Permission): boolean {
    return reachOf(this.roles, permission) !== null;
  }

  /** For what a route asks beyond the permission that it names. @throws DomainError FORBIDDEN */
  require(permission: Permission, param?: string): void {
    if (!this.may(permission)) throw new DomainError('FORBIDDEN', { param });
  }

  /**
   * The caller as one who uses a permission: whose rows it lets them touch.
   * @param from where the call comes from, for the audit
   * @throws DomainError FORBIDDEN
   */
  as(permission: Permission, from: Pick<Actor, 'ip' | 'requestId'>): Requester {
    const reach = reachOf(this.roles, permission);
    if (reach === null) throw new DomainError('FORBIDDEN');
    return { actor: { kind: 'user', id: this.userId, ...from }, tenantId: reach === 'all' ? null : this.tenantId, ownerId: reach === 'own' ? this.userId : null };
  }

  /** The caller, doing what everybody may do with what is their own. */
  asSelf(from: Pick<Actor, 'ip' | 'requestId'>): Requester {
    return { actor: { kind: 'user', id: this.userId, ...from }, tenantId: this.tenantId, ownerId: this.userId };
  }

  /** The caller on the internal channel. @throws DomainError FORBIDDEN unless an owner, or a person of an internal tenant */
  get inference(): Principal {
    if (!this.#inference) throw new DomainError('FORBIDDEN', { message: 'The internal channel is for owners and for people of internal tenants.' });
    return this.#inference;
  }
}

function toPrincipal({ tenantId, billing, userId, tenantLimits }: SessionRecord): Principal {
  return Object.freeze({ channel: 'internal', tenantId, billing, keyId: null, label: userId, userId, limits: NO_LIMITS, tenantLimits, models: null, endpoints: null, allowedIps: null, tags: {}, budgeted: false });
}
