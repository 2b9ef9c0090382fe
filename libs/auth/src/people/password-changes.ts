import { type Desk, type Requester, SYSTEM, UserEntity } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import { lockPerson } from '../directory/person';
import { endResetsOf, type IssuedReset, issueReset, resetDigest } from './issue-reset';
import type { LoginThrottle } from './login-throttle';
import type { Passwords } from './passwords';
import type { Visitor } from './rotate-session';
import { endSessionsOf } from './sessions';

export interface PasswordChangesOptions {
  readonly dataSource: DataSource;
  readonly desk: Desk;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
}

/** How people come to a new password: by the old one, or by a token that an administrator hands them. */
export class PasswordChanges {
  constructor(private readonly options: PasswordChangesOptions) {}

  /**
   * A new password for oneself. Every other session of the person ends, and so do the tokens that were handed out before.
   * @param sessionId the one that stays
   * @throws DomainError FORBIDDEN when the current one is wrong, RATE_LIMIT_RPM when it was guessed too often, OVERLOADED
   */
  async change(by: Requester, { email, sessionId }: { email: string; sessionId: string }, current: string, next: string): Promise<void> {
    const { desk, passwords, throttle } = this.options;
    const userId = by.actor.id as string;
    const ip = by.actor.ip ?? '';
    await throttle.attempt(email, ip, true);
    const known = await desk.read(by, (tx) => tx.findOneBy(UserEntity, { id: userId }));
    if (!(await passwords.verify(known?.passwordHash ?? null, current))) throw new DomainError('FORBIDDEN', { param: 'current_password', message: 'The current password is wrong.' });
    throttle.forgiveAccount(email, ip);
    const passwordHash = await passwords.hash(next);
    await desk.change(by, async (tx) => {
      const { user } = await lockPerson(tx, by, userId);
      if (user.passwordHash !== known?.passwordHash) throw new DomainError('CONFLICT', { message: 'The password was changed meanwhile.' });
      await tx.save(UserEntity, { ...user, passwordHash });
      await endResetsOf(tx, userId);
      const ended = await endSessionsOf(tx, userId, 'the password was changed', sessionId);
      return { value: undefined, audit: { tenantId: user.tenantId, action: 'user.password_changed', subjectType: 'user', subjectId: userId, after: { sessions_ended: ended } }, announce: [['session-changed', { userId }]] };
    });
  }

  /** @throws as {@link issueReset} does */
  issueReset(by: Requester, userId: string): Promise<IssuedReset> {
    return issueReset(this.options.desk, by, userId);
  }

  /**
   * Sets the password that a token allows to set. Every session of the person ends.
   * @returns whose it was
   * @throws DomainError INVALID_TOKEN when the token is unknown, used or over, or the person is banned
   */
  async redeem(token: string, next: string, { ip, requestId }: Visitor): Promise<{ userId: string; tenantId: string }> {
    const { dataSource, desk, passwords } = this.options;
    const digest = resetDigest(token);
    const [reset] = digest ? await dataSource.query<{ user_id: string }[]>(`select user_id from password_resets where digest = $1 and used_at is null and expires_at > now()`, [digest]) : [];
    if (!reset) throw noSuchToken();
    const passwordHash = await passwords.hash(next);
    return desk.change({ ...SYSTEM, actor: { kind: 'user', id: reset.user_id, ip, requestId } }, async (tx) => {
      const { user } = await lockPerson(tx, SYSTEM, reset.user_id);
      const [, used] = await tx.query<[unknown, number]>('update password_resets set used_at = now() where digest = $1 and used_at is null and expires_at > now()', [digest]);
      if (used !== 1 || user.status !== 'active') throw noSuchToken();
      await tx.save(UserEntity, { ...user, passwordHash });
      const ended = await endSessionsOf(tx, user.id, 'the password was reset');
      return {
        value: { userId: user.id, tenantId: user.tenantId },
        audit: { tenantId: user.tenantId, action: 'user.password_reset', subjectType: 'user', subjectId: user.id, after: { sessions_ended: ended } },
        announce: [['session-changed', { userId: user.id }]],
      };
    });
  }
}

const noSuchToken = () => new DomainError('INVALID_TOKEN', { message: 'The reset token is not valid, was used, or is over. Ask for another one.' });
