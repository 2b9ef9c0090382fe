import { type AuditNote, type Desk, randomBase62, type Requester, SYSTEM, TenantEntity, UserEntity, violates } from '@higress/database';
import { DomainError, NO_LIMITS, uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { Passwords } from '../people/passwords';
import type { Role } from '../permissions';

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
    private readonly desk: Desk,
    private readonly passwords: Passwords,
  ) {}

  /** @throws DomainError CONFLICT when the e-mail address is taken, whatever its case; VALIDATION_FAILED when there is no such tenant */
  async create(by: Requester, user: NewUser): Promise<UserEntity> {
    const passwordHash = await this.passwords.hash(user.password);
    return this.desk
      .change(by, async (tx) => {
        const value = await insertUser(tx, user, passwordHash);
        return { value, audit: createdNote(value, user.roles) };
      })
      .catch(explain);
  }

  /**
   * Makes the tenant `platform` and the first owner in it, once per installation, however many processes start together.
   * Without a password one is made.
   * @returns null when there is an owner already
   */
  async bootstrapOwner({ email, password }: { email: string; password?: string }): Promise<Bootstrapped | null> {
    const generatedPassword = password === undefined ? randomBase62(GENERATED_LENGTH) : null;
    if (await this.desk.read(SYSTEM, hasOwner)) return null;
    const passwordHash = await this.passwords.hash(password ?? (generatedPassword as string));
    return this.desk.change(SYSTEM, async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [BOOTSTRAP_LOCK]);
      if (await hasOwner(tx)) return { value: null, audit: null };
      const { id: tenantId, audit } = await platformTenant(tx);
      const owner = await insertUser(tx, { tenantId, email, roles: ['owner'] }, passwordHash);
      return { value: { email, generatedPassword }, audit: [...audit, createdNote(owner, ['owner'])] };
    });
  }
}

async function hasOwner(tx: EntityManager): Promise<boolean> {
  return (await tx.query<unknown[]>(`select 1 from user_roles where role = 'owner' limit 1`)).length > 0;
}

async function platformTenant(tx: EntityManager): Promise<{ id: string; audit: AuditNote[] }> {
  const there = await tx.findOneBy(TenantEntity, { name: 'platform' });
  if (there) return { id: there.id, audit: [] };
  const { id, name, billing } = await tx.save(TenantEntity, tx.create(TenantEntity, { id: uuidv7(), name: 'platform', billing: 'internal', limits: NO_LIMITS }));
  return { id, audit: [{ tenantId: id, action: 'tenant.created', subjectType: 'tenant', subjectId: id, after: { name, billing } }] };
}

async function insertUser(tx: EntityManager, { tenantId, email, roles }: Omit<NewUser, 'password'>, passwordHash: string): Promise<UserEntity> {
  const user = await tx.save(UserEntity, tx.create(UserEntity, { id: uuidv7(), tenantId, email: email.trim(), passwordHash }));
  await tx.query('insert into user_roles (user_id, role) select $1, unnest($2::text[])', [user.id, roles]);
  return user;
}

const createdNote = ({ id, tenantId, email }: UserEntity, roles: readonly Role[]): AuditNote => ({ tenantId, action: 'user.created', subjectType: 'user', subjectId: id, after: { email, roles } });

function explain(error: unknown): never {
  if (violates(error, 'users_email_is_unique')) throw new DomainError('CONFLICT', { param: 'email', message: 'A user with this e-mail address is there already.' });
  if (violates(error, 'users_tenant_id_fkey')) throw new DomainError('VALIDATION_FAILED', { param: 'tenant_id', details: [{ path: 'tenant_id', message: 'there is no such tenant' }] });
  throw error;
}
