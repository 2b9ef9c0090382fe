import { type AuditNote, type Desk, type Page, pageById, type PageRequest, randomBase62, type Requester, SYSTEM, TenantEntity, UserEntity, violates } from '@higress/database';
import { DomainError, NO_LIMITS, uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { Passwords } from '../people/passwords';
import { readEmail } from '../people/read-email';
import type { Role } from '../permissions';
import { lockOwners, lockSubordinate, mustNotBeOwner, noSuchPerson, type Person, rolesOf } from './person';

export interface NewUser {
  readonly tenantId: string;
  readonly email: string;
  /** Null: nobody can sign in until it is set by a reset. */
  readonly password: string | null;
  readonly roles: readonly Role[];
}

export interface UserFilter {
  readonly tenantId: string | null;
  readonly email?: string;
  readonly status?: 'active' | 'banned';
  readonly role?: Role;
}

export interface Bootstrapped {
  readonly email: string;
  /** Null when it was given; otherwise it exists only here. */
  readonly generatedPassword: string | null;
}

const GENERATED_LENGTH = 20;

/** People who may sign in. */
export class Users {
  constructor(
    private readonly desk: Desk,
    private readonly passwords: Passwords,
  ) {}

  /**
   * @throws DomainError CONFLICT when the e-mail address is taken, whatever its case; VALIDATION_FAILED when there is no such tenant;
   * FORBIDDEN for an owner, unless an owner asks
   */
  async create(by: Requester, user: NewUser): Promise<Person> {
    if (by.tenantId !== null) mustNotBeOwner(user.roles);
    const passwordHash = await this.passwords.hash(user.password ?? randomBase62(GENERATED_LENGTH));
    return this.desk
      .change(by, async (tx) => {
        const made = await insertUser(tx, user, passwordHash);
        return { value: { user: made, roles: user.roles }, audit: createdNote(made, user.roles) };
      })
      .catch(explain);
  }

  /** @throws DomainError NOT_FOUND */
  async get(by: Requester, id: string): Promise<Person> {
    return this.desk.read(by, async (tx) => {
      const user = await tx.findOneBy(UserEntity, { id, ...(by.tenantId !== null && { tenantId: by.tenantId }) });
      if (!user) throw noSuchPerson();
      return { user, roles: (await rolesOf(tx, [id])).get(id) ?? [] };
    });
  }

  list(by: Requester, { tenantId, email, status, role }: UserFilter, page: PageRequest): Promise<Page<Person>> {
    return this.desk.read(by, async (tx) => {
      const query = tx.createQueryBuilder(UserEntity, 'user').where('true');
      if (tenantId !== null) query.andWhere('user.tenantId = :tenantId', { tenantId });
      if (email !== undefined) query.andWhere('lower(user.email) = lower(:email)', { email: readEmail(email) });
      if (status !== undefined) query.andWhere('user.status = :status', { status });
      if (role !== undefined) query.andWhere('user.id in (select user_id from user_roles where role = :role)', { role });
      const { data, nextCursor } = await pageById(query, page);
      const roles = await rolesOf(tx, data.map(({ id }) => id));
      return { data: data.map((user) => ({ user, roles: roles.get(user.id) ?? [] })), nextCursor };
    });
  }

  /**
   * @param check sees the person as they are, and throws where the change was meant for what they were
   * @throws DomainError NOT_FOUND, CONFLICT when the address is taken, FORBIDDEN for an owner, unless an owner asks
   */
  changeEmail(by: Requester, id: string, email: string, check: (person: Person) => void): Promise<Person> {
    return this.desk
      .change(by, async (tx) => {
        const { user: before, roles } = await lockSubordinate(tx, by, id);
        check({ user: before, roles });
        const wanted = readEmail(email);
        if (before.email === wanted) return { value: { user: before, roles }, audit: null };
        const user = await tx.save(UserEntity, { ...before, email: wanted });
        const audit = { tenantId: user.tenantId, action: 'user.changed', subjectType: 'user', subjectId: id, before: { email: before.email }, after: { email: user.email } };
        return { value: { user, roles }, audit, announce: [['session-changed', { userId: id }]] };
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
      await lockOwners(tx);
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
  const user = await tx.save(UserEntity, tx.create(UserEntity, { id: uuidv7(), tenantId, email: readEmail(email), passwordHash }));
  await tx.query('insert into user_roles (user_id, role) select $1, unnest($2::text[])', [user.id, roles]);
  return user;
}

const createdNote = ({ id, tenantId, email }: UserEntity, roles: readonly Role[]): AuditNote => ({ tenantId, action: 'user.created', subjectType: 'user', subjectId: id, after: { email, roles } });

function explain(error: unknown): never {
  if (violates(error, 'users_email_is_unique')) throw new DomainError('CONFLICT', { param: 'email', message: 'A user with this e-mail address is there already.' });
  if (violates(error, 'users_tenant_id_fkey')) throw new DomainError('VALIDATION_FAILED', { param: 'tenant_id', details: [{ path: 'tenant_id', message: 'there is no such tenant' }] });
  throw error;
}
