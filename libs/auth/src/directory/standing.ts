import { type Desk, type Requester, UserEntity } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { endResetsOf } from '../people/issue-reset';
import { endSessionsOf } from '../people/sessions';
import type { Role } from '../permissions';
import { lockOwners, lockSubordinate, mustNotBeLastOwner, mustNotBeOwner, type Person } from './person';

/** What people are let do: bans and roles. Felt by every process within a second. */
export class Standing {
  constructor(private readonly desk: Desk) {}

  /**
   * Signs a person out everywhere, keeps them from signing in, and stops their keys. Banning again changes nothing.
   * @throws DomainError NOT_FOUND; FORBIDDEN for an owner, unless an owner asks; CONFLICT for oneself, and for the last owner
   */
  ban(by: Requester, id: string, reason: string | null): Promise<Person> {
    return this.desk.change(by, async (tx) => {
      if (by.actor.id === id) throw new DomainError('CONFLICT', { message: 'You cannot ban yourself.' });
      await lockOwners(tx);
      const person = await lockSubordinate(tx, by, id);
      // Told again: whoever asks twice may do so because the first time was not felt.
      if (person.user.status === 'banned') return { value: person, audit: null, announce: await newsOf(tx, id) };
      await mustNotBeLastOwner(tx, person);
      const user = await tx.save(UserEntity, { ...person.user, status: 'banned' as const });
      await endSessionsOf(tx, id, 'banned');
      await endResetsOf(tx, id);
      return { value: { ...person, user }, audit: note(user, 'user.banned', { status: 'active' }, { status: 'banned', reason }), announce: await newsOf(tx, id) };
    });
  }

  /** Lets them sign in again, and their keys work. @throws as {@link ban} does */
  unban(by: Requester, id: string): Promise<Person> {
    return this.desk.change(by, async (tx) => {
      const person = await lockSubordinate(tx, by, id);
      if (person.user.status === 'active') return { value: person, audit: null };
      const user = await tx.save(UserEntity, { ...person.user, status: 'active' as const });
      return { value: { ...person, user }, audit: note(user, 'user.unbanned', { status: 'banned' }, { status: 'active' }), announce: await newsOf(tx, id) };
    });
  }

  /**
   * Gives a person these roles and no others.
   * @throws DomainError NOT_FOUND; FORBIDDEN for an owner or the role of one, unless an owner asks; CONFLICT where the last owner would be none
   */
  setRoles(by: Requester, id: string, roles: readonly Role[]): Promise<Person> {
    return this.desk.change(by, async (tx) => {
      if (by.tenantId !== null) mustNotBeOwner(roles);
      await lockOwners(tx);
      const person = await lockSubordinate(tx, by, id);
      const wanted = [...new Set(roles)].sort();
      if (wanted.join() === [...person.roles].sort().join()) return { value: person, audit: null };
      if (!wanted.includes('owner')) await mustNotBeLastOwner(tx, person);
      await tx.query('delete from user_roles where user_id = $1', [id]);
      await tx.query('insert into user_roles (user_id, role) select $1, unnest($2::text[])', [id, wanted]);
      // Who was handed a token could set a member's password; with it they would be an owner now.
      if (wanted.includes('owner') && !person.roles.includes('owner')) await endResetsOf(tx, id);
      const user = await tx.save(UserEntity, { ...person.user, updatedAt: new Date() });
      return { value: { user, roles: wanted }, audit: note(user, 'user.roles_changed', { roles: person.roles }, { roles: wanted }), announce: [['session-changed', { userId: id }]] };
    });
  }
}

const note = ({ id, tenantId }: UserEntity, action: string, before: object, after: object) => ({ tenantId, action, subjectType: 'user', subjectId: id, before, after });

/** Their sessions, and the keys that are theirs. */
async function newsOf(tx: EntityManager, userId: string): Promise<[string, object][]> {
  const keys = await tx.query<{ id: string }[]>('select id from api_keys where owner_user_id = $1', [userId]);
  return [['session-changed', { userId }], ...keys.map(({ id }): [string, object] => ['key-changed', { keyId: id }])];
}
