import { type Desk, type Page, pageById, type PageRequest, type Requester, SessionEntity } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { mustNotBeOwner } from '../directory/person';
import type { Role } from '../permissions';

export interface SessionFilter {
  readonly userId?: string;
  readonly tenantId: string | null;
  /** Those that have ended, too. */
  readonly ended?: boolean;
}


/** Where people are signed in, and how that ends. Every process refuses the tokens of an ended session within a second. */
export class Sessions {
  constructor(private readonly desk: Desk) {}

  list(by: Requester, { userId, tenantId, ended = false }: SessionFilter, page: PageRequest): Promise<Page<SessionEntity>> {
    return this.desk.read(by, (tx) => {
      const query = tx.createQueryBuilder(SessionEntity, 'session').where('true');
      if (by.ownerId !== null) query.andWhere('session.userId = :own', { own: by.ownerId });
      if (userId !== undefined) query.andWhere('session.userId = :userId', { userId });
      if (tenantId !== null) query.andWhere('session.userId in (select id from users where tenant_id = :tenantId)', { tenantId });
      if (!ended) query.andWhere('session.revokedAt is null and session.expiresAt > now()');
      return pageById(query, page);
    });
  }

  /** Ends one session; ending it again changes nothing. @throws DomainError NOT_FOUND; FORBIDDEN for an owner's, unless an owner asks */
  end(by: Requester, id: string, reason: string): Promise<void> {
    return this.desk.change(by, async (tx) => {
      const [session] = await tx.query<{ user_id: string; tenant_id: string; revoked_at: Date | null; roles: Role[] }[]>(
        `select s.user_id, u.tenant_id, s.revoked_at, array(select role from user_roles where user_id = u.id) as roles from sessions s join users u on u.id = s.user_id
          where s.id = $1 and ($2::uuid is null or u.tenant_id = $2) and ($3::uuid is null or u.id = $3) for update of s`,
        [id, by.tenantId, by.ownerId],
      );
      if (!session) throw new DomainError('NOT_FOUND', { message: 'There is no such session.' });
      if (by.tenantId !== null && session.user_id !== by.actor.id) mustNotBeOwner(session.roles);
      // Told again: whoever asks twice may do so because the first time was not felt.
      if (session.revoked_at) return { value: undefined, audit: null, announce: [['session-changed', { sessionId: id }]] };
      await tx.query('update sessions set revoked_at = now(), revoked_reason = $2 where id = $1', [id, reason]);
      return {
        value: undefined,
        audit: { tenantId: session.tenant_id, action: 'session.revoked', subjectType: 'session', subjectId: id, after: { user: session.user_id, reason } },
        announce: [['session-changed', { sessionId: id }]],
      };
    });
  }

  /** Ends every session of a person, or all but one. */
  endAll(by: Requester, userId: string, tenantId: string, reason: string, except?: string): Promise<void> {
    return this.desk.change(by, async (tx) => {
      const ended = await endSessionsOf(tx, userId, reason, except);
      return {
        value: undefined,
        audit: ended === 0 ? null : { tenantId, action: 'user.signed_out', subjectType: 'user', subjectId: userId, after: { sessions: ended, reason } },
        announce: [['session-changed', { userId }]],
      };
    });
  }
}

/** Ends every session of a person within a transaction, and says how many there were. Announce `session-changed {userId}` afterwards. */
export async function endSessionsOf(tx: EntityManager, userId: string, reason: string, except?: string): Promise<number> {
  const [, ended] = await tx.query<[unknown, number]>('update sessions set revoked_at = now(), revoked_reason = $2 where user_id = $1 and revoked_at is null and id is distinct from $3', [userId, reason, except ?? null]);
  return ended;
}
