import { appendAudit, randomBase62, SYSTEM_ACTOR, TenantEntity, UserEntity, type Actor } from '@higress/database';
import { DomainError, NO_LIMITS, uuidv7 } from '@higress/kernel';
import type { DataSource, EntityManager } from 'typeorm';
import type { Passwords } from '../people/passwords';
import { violates } from './violates';

export const ROLES = ['owner', 'admin', 'member', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export interface NewUser {
  readonly tenantId: string;
  readonly email: string;
  readonly password: string;
  readonly roles: readonly Role[];
}

export interface Bootstrapped {
  readonly email: string;
  /** Null when it was given; otherwise it exists only here. */
  readonly generatedPassword: string | null;
}

const BOOTSTRAP_LOCK = 0x6f776e72;
const GENERATED_LENGTH = 20;

/** People who may log in. */
export class Users {
  constructor(
    private readonly dataSource: DataSource,
    private readonly passwords: Passwords,
  ) {}

  /** @throws DomainError CONFLICT when the e-mail address is taken, whatever its case; VALIDATION_FAILED when there is no such tenant */
  async create(actor: Actor, user: NewUser): Promise<UserEntity> {
    const passwordHash = await this.passwords.hash(user.password);
    return this.dataSource.transaction((manager) => insertUser(manager, actor, user, passwordHash)).catch(explain);
  }

  /**
   * Makes the tenant `platform` and the first owner in it, once per installation, however many processes start together.
   * Without a password one is made.
   * @returns null when there is an owner already
   */
  async bootstrapOwner({ email, password }: { email: string; password?: string }): Promise<Bootstrapped | null> {
    const generatedPassword = password === undefined ? randomBase62(GENERATED_LENGTH) : null;
    const hasOwner = async (manager: EntityManager) => (await manager.query<unknown[]>(`select 1 from user_roles where role = 'owner' limit 1`)).length > 0;
    if (await hasOwner(this.dataSource.manager)) return null;
    const passwordHash = await this.passwords.hash(password ?? (generatedPassword as string));
    return this.dataSource.transaction(async (manager) => {
      await manager.query('select pg_advisory_xact_lock($1)', [BOOTSTRAP_LOCK]);
      if (await hasOwner(manager)) return null;
      await insertUser(manager, SYSTEM_ACTOR, { tenantId: await platformTenant(manager), email, password: '', roles: ['owner'] }, passwordHash);
      return { email, generatedPassword };
    });
  }
}

async function platformTenant(manager: EntityManager): Promise<string> {
  const there = await manager.findOneBy(TenantEntity, { name: 'platform' });
  if (there) return there.id;
  const made = await manager.save(TenantEntity, manager.create(TenantEntity, { id: uuidv7(), name: 'platform', billing: 'internal', limits: NO_LIMITS }));
  await appendAudit(manager, { tenantId: made.id, actor: SYSTEM_ACTOR, action: 'tenant.created', subjectType: 'tenant', subjectId: made.id, after: { name: made.name, billing: made.billing } });
  return made.id;
}

async function insertUser(manager: EntityManager, actor: Actor, { tenantId, email, roles }: NewUser, passwordHash: string): Promise<UserEntity> {
  const user = await manager.save(UserEntity, manager.create(UserEntity, { id: uuidv7(), tenantId, email: email.trim(), passwordHash }));
  await manager.query('insert into user_roles (user_id, role) select $1, unnest($2::text[])', [user.id, roles]);
  await appendAudit(manager, { tenantId, actor, action: 'user.created', subjectType: 'user', subjectId: user.id, after: { email: user.email, roles } });
  return user;
}

function explain(error: unknown): never {
  if (violates(error, 'users_email_is_unique')) throw new DomainError('CONFLICT', { param: 'email', message: 'A user with this e-mail address is there already.' });
  if (violates(error, 'users_tenant_id_fkey')) throw new DomainError('VALIDATION_FAILED', { param: 'tenant_id', details: [{ path: 'tenant_id', message: 'there is no such tenant' }] });
  throw error;
}
