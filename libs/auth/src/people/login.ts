import { SessionEntity } from '@higress/database';
import { DomainError, uuidv7 } from '@higress/kernel';
import type { Announcements } from '@higress/redis';
import type { DataSource, EntityManager } from 'typeorm';
import { loadSessionRecord, type SessionRecord } from '../tokens/session-record';
import type { AccessTokens } from '../tokens/access-tokens';
import type { LoginThrottle } from './login-throttle';
import type { Passwords } from './passwords';
import { makeRefreshToken, refreshTokenDigest, sessionOfRefreshToken } from './refresh-token';

export interface LoginOptions {
  readonly dataSource: DataSource;
  readonly accessTokens: AccessTokens;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly announcements: Pick<Announcements, 'publish'>;
  /** Key of the MAC in refresh tokens. */
  readonly pepper: Buffer;
  /** Life of a refresh token, and of a session that nobody refreshes. */
  readonly refreshLifeMs: number;
}

/** Where a login comes from, for the list of sessions. */
export interface Visitor {
  readonly ip: string;
  readonly userAgent: string | null;
  /** Of the request that logs in, for the audit. */
  readonly requestId?: string;
}

export interface TokenPair {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
}

interface Account {
  readonly id: string;
  readonly password_hash: string;
  readonly status: 'active' | 'banned';
  readonly tenant_status: 'active' | 'disabled';
}

/** Logging in, staying logged in, and logging out. */
export class Login {
  constructor(private readonly options: LoginOptions) {}

  /**
   * An unknown e-mail address and a wrong password look the same, in words and in time.
   * @throws DomainError INVALID_TOKEN (401), RATE_LIMIT_RPM, FORBIDDEN when banned or the tenant is disabled, OVERLOADED
   */
  async login(email: string, password: string, visitor: Visitor): Promise<TokenPair> {
    const { throttle, passwords, dataSource } = this.options;
    await throttle.attempt(email, visitor.ip);
    const [account] = await dataSource.query<Account[]>(
      'select u.id, u.password_hash, u.status, t.status as tenant_status from users u join tenants t on t.id = u.tenant_id where lower(u.email) = lower($1)',
      [email.trim()],
    );
    if (!(await passwords.verify(account?.password_hash ?? null, password)) || !account) throw new DomainError('INVALID_TOKEN', { message: 'The e-mail address or the password is wrong.' });
    throttle.forgive(email);
    if (account.status !== 'active') throw new DomainError('FORBIDDEN', { message: 'This account is banned.' });
    if (account.tenant_status !== 'active') throw new DomainError('FORBIDDEN', { message: 'Your tenant is disabled.' });
    return this.#open(account.id, visitor);
  }

  /**
   * Gives a new pair for a refresh token, which ends with it.
   * A token that comes again was stolen, or copied: its whole session is revoked, for whoever holds the newer one too.
   * @throws DomainError INVALID_TOKEN, TOKEN_EXPIRED
   */
  async refresh(refreshToken: string, visitor: Visitor): Promise<TokenPair> {
    const sessionId = sessionOfRefreshToken(this.options.pepper, refreshToken);
    if (!sessionId) throw new DomainError('INVALID_TOKEN', { message: 'The refresh token is not valid.' });
    const next = makeRefreshToken(this.options.pepper, sessionId);
    const verdict = await this.options.dataSource.transaction((manager) => this.#rotate(manager, sessionId, refreshToken, next, visitor));
    if (verdict === 'reused') await this.options.announcements.publish('session-changed', { sessionId });
    if (verdict === 'expired') throw new DomainError('TOKEN_EXPIRED', { message: 'The session has expired. Log in again.' });
    if (verdict !== 'rotated') throw new DomainError('INVALID_TOKEN', { message: 'The session has ended. Log in again.' });
    const session = await loadSessionRecord(this.options.dataSource, sessionId);
    if (!session?.isAlive || !session.isTenantActive) throw new DomainError('INVALID_TOKEN', { message: 'The session has ended. Log in again.' });
    return this.#pair(session, next);
  }

  /** Ends one session; every process refuses its tokens within a second. */
  async logout(sessionId: string): Promise<void> {
    await this.options.dataSource.query(`update sessions set revoked_at = now(), revoked_reason = 'logout' where id = $1 and revoked_at is null`, [sessionId]);
    await this.options.announcements.publish('session-changed', { sessionId });
  }

  /** Ends every session of a person. */
  async logoutAll(userId: string): Promise<void> {
    await this.options.dataSource.query(`update sessions set revoked_at = now(), revoked_reason = 'logout-all' where user_id = $1 and revoked_at is null`, [userId]);
    await this.options.announcements.publish('session-changed', { userId });
  }

  async #open(userId: string, { ip, userAgent }: Visitor): Promise<TokenPair> {
    const { dataSource, pepper, refreshLifeMs } = this.options;
    const id = uuidv7();
    const refreshToken = makeRefreshToken(pepper, id);
    const expiresAt = new Date(Date.now() + refreshLifeMs);
    await dataSource.getRepository(SessionEntity).insert({ id, userId, refreshDigest: refreshTokenDigest(refreshToken), ip, userAgent: userAgent?.slice(0, 512) ?? null, expiresAt });
    const session = await loadSessionRecord(dataSource, id);
    if (!session) throw new DomainError('INVALID_TOKEN');
    return this.#pair(session, refreshToken);
  }

  async #rotate(manager: EntityManager, sessionId: string, presented: string, next: string, { ip, userAgent }: Visitor): Promise<'rotated' | 'reused' | 'expired' | 'ended'> {
    const session = await manager.findOne(SessionEntity, { where: { id: sessionId }, lock: { mode: 'pessimistic_write' } });
    if (!session || session.revokedAt) return 'ended';
    if (!session.refreshDigest.equals(refreshTokenDigest(presented))) {
      await manager.update(SessionEntity, { id: sessionId }, { revokedAt: new Date(), revokedReason: 'a refresh token was used twice' });
      return 'reused';
    }
    if (session.expiresAt.getTime() <= Date.now()) return 'expired';
    const expiresAt = new Date(Date.now() + this.options.refreshLifeMs);
    const seen = { ip, userAgent: userAgent?.slice(0, 512) ?? null, lastUsedAt: new Date(), expiresAt };
    await manager.update(SessionEntity, { id: sessionId }, { refreshDigest: refreshTokenDigest(next), generation: session.generation + 1, ...seen });
    return 'rotated';
  }

  async #pair(session: SessionRecord, refreshToken: string): Promise<TokenPair> {
    const { token, expiresInSeconds } = await this.options.accessTokens.issue(session);
    return { accessToken: token, expiresInSeconds, refreshToken };
  }
}
