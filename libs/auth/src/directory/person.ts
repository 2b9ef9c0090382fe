import { type Requester, UserEntity } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { Role } from '../permissions';

/** A user with what they may do. */
export interface Person {
  readonly user: UserEntity;
  readonly roles: readonly Role[];
}

const OWNERS_LOCK = 0x6f776e72;

/** Where the number of owners is about to change: one at a time, so that the last one cannot slip away between two. */
export async function lockOwners(tx: EntityManager): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [OWNERS_LOCK]);
}

export async function rolesOf(tx: EntityManager, userIds: readonly string[]): Promise<Map<string, Role[]>> {
  const rows = await tx.query<{ user_id: string; roles: Role[] }[]>('select user_id, array_agg(role order by role) as roles from user_roles where user_id = any ($1) group by user_id', [userIds]);
  return new Map(rows.map(({ user_id, roles }) => [user_id, roles]));
}

/** A person that the requester may see, locked until the transaction ends. @throws DomainError NOT_FOUND */
export async function lockPerson(tx: EntityManager, by: Requester, id: string): Promise<Person> {
  const user = await tx.findOne(UserEntity, { where: { id, ...(by.tenantId !== null && { tenantId: by.tenantId }) }, lock: { mode: 'pessimistic_write' } });
  if (!user) throw noSuchPerson();
  return { user, roles: (await rolesOf(tx, [id])).get(id) ?? [] };
}

/**
 * The same for one whom the requester is about to change.
 * @throws DomainError NOT_FOUND; FORBIDDEN for an owner, unless an owner asks: who could set an owner's password would be one
 */
export async function lockSubordinate(tx: EntityManager, by: Requester, id: string): Promise<Person> {
  const person = await lockPerson(tx, by, id);
  if (by.tenantId !== null) mustNotBeOwner(person.roles);
  return person;
}

/** @throws DomainError FORBIDDEN */
export function mustNotBeOwner(roles: readonly Role[]): void {
  if (roles.includes('owner')) throw new DomainError('FORBIDDEN', { param: 'roles', message: 'Only an owner may make, change or end an owner.' });
}

/** Call {@link lockOwners} before. @throws DomainError CONFLICT when nobody but this person could act as an owner: who is banned, or whose tenant is disabled, cannot */
export async function mustNotBeLastOwner(tx: EntityManager, { user, roles }: Person): Promise<void> {
  if (!roles.includes('owner')) return;
  const others = await tx.query<unknown[]>(`select 1 from users u join user_roles r on r.user_id = u.id join tenants t on t.id = u.tenant_id where r.role = 'owner' and u.status = 'active' and t.status = 'active' and u.id <> $1 limit 1`, [user.id]);
  if (others.length === 0) throw new DomainError('CONFLICT', { message: 'This is the last owner: make another one first.' });
}

/** Where a tenant is about to be disabled, with its people. Call {@link lockOwners} before. @throws DomainError CONFLICT when no other tenant has an owner who could act */
export async function mustLeaveAnOwner(tx: EntityManager, tenantId: string): Promise<void> {
  const [left] = await tx.query<{ owners: boolean; others: boolean }[]>(
    `select coalesce(bool_or(t.id = $1), false) as owners, coalesce(bool_or(t.id <> $1 and t.status = 'active'), false) as others
       from users u join user_roles r on r.user_id = u.id join tenants t on t.id = u.tenant_id where r.role = 'owner' and u.status = 'active'`,
    [tenantId],
  );
  if (left?.owners && !left.others) throw new DomainError('CONFLICT', { param: 'status', message: 'The last owner who can sign in is of this tenant: make another one elsewhere first.' });
}

export const noSuchPerson = () => new DomainError('NOT_FOUND', { message: 'There is no such user.' });
