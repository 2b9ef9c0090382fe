import { type Desk, type Requester, SessionEntity } from '@higress/database';
import { DomainError, uuidv7 } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import type { AccessTokens } from '../tokens/access-tokens';
import { loadSessionRecord, type SessionRecord } from '../tokens/session-record';
import type { LoginThrottle } from './login-throttle';
import { networkOf } from './network-of';
import type { Passwords } from './passwords';
import { readEmail } from './read-email';
import { makeRefreshToken, nextRefreshToken, refreshTokenDigest, sessionOfRefreshToken } from './refresh-token';
import { rotateSession, userAgentOf, type Visitor } from './rotate-session';
import { SignInAudit } from './sign-in-audit';

export interface LoginOptions {
  readonly dataSource: DataSource;
  readonly desk: Desk;
  readonly accessTokens: AccessTokens;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  /** Key of the MAC in refresh tokens. */
  readonly pepper: Buffer;
  /** Life of a refresh token, and of a session that nobody refreshes. */
  readonly refreshLifeMs: number;
  /** Hears why a refused attempt could not be written into the audit. */
  readonly onFault?: (error: unknown) => void;
}

export interface TokenPair {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
}

interface Account {
  readonly id: string;
  /** As it is kept: several spellings may find it. */
  readonly email: string;
  readonly tenant_id: string;
  readonly password_hash: string;
  readonly status: 'active' | 'banned';
  readonly tenant_status: 'active' | 'disabled';
  /** The account's owner has signed in from the visitor's address before, or from another one in its /64. */
  readonly familiar: boolean;
}

const BY_EMAIL = `
  select u.id, u.email, u.tenant_id, u.password_hash, u.status, t.status as tenant_status, exists (select from sessions s where s.user_id = u.id and (s.ip = $2 or s.network = $3)) as familiar
    from users u join tenants t on t.id = u.tenant_id where lower(u.email) = lower($1)`;

/** Signing in, and staying signed in. */
export class Login {
  readonly #audit: SignInAudit;

  constructor(private readonly options: LoginOptions) {
    this.#audit = new SignInAudit(options.desk, options.onFault);
  }

  /**
   * An unknown e-mail address and a wrong password look the same, in words and in time.
   * @throws DomainError INVALID_TOKEN (401), RATE_LIMIT_RPM, FORBIDDEN when banned or the tenant is disabled, OVERLOADED
   */
  async login(email: string, password: string, visitor: Visitor): Promise<TokenPair> {
    const { throttle, passwords, dataSource } = this.options;
    const address = readEmail(email);
    await throttle.admit(visitor.ip);
    const [account] = await dataSource.query<Account[]>(BY_EMAIL, [address, visitor.ip, networkOf(visitor.ip)]);
    // Counted under one spelling: each that Postgres takes for the same would have its own attempts.
    const counted = account?.email ?? address;
    await throttle.attempt(counted, visitor.ip, account?.familiar ?? false);
    const isRight = await passwords.verify(account?.password_hash ?? null, password);
    if (!isRight || !account) {
      this.#audit.refused(visitor, account, 'the password is wrong');
      throw new DomainError('INVALID_TOKEN', { message: 'The e-mail address or the password is wrong.' });
    }
    throttle.forgive(counted, visitor.ip, account.familiar);
    if (account.status !== 'active') throw this.#refused(visitor, account, 'This account is banned.');
    if (account.tenant_status !== 'active') throw this.#refused(visitor, account, 'Your tenant is disabled.');
    return this.open(account.id, account.tenant_id, visitor, account.password_hash);
  }

  /**
   * Gives a new pair for a refresh token, which ends with it. The client that just exchanged it may ask again for 10 s, and is given the same.
   * A token that comes again otherwise was stolen, or copied: its whole session is revoked, for whoever holds the newer one too.
   * @throws DomainError INVALID_TOKEN, TOKEN_EXPIRED
   */
  async refresh(refreshToken: string, visitor: Visitor): Promise<TokenPair> {
    const { pepper, dataSource, desk, refreshLifeMs: lifeMs } = this.options;
    const sessionId = sessionOfRefreshToken(pepper, refreshToken);
    if (!sessionId) throw new DomainError('INVALID_TOKEN', { message: 'The refresh token is not valid.' });
    const session = await loadSessionRecord(dataSource, sessionId);
    if (!session) throw ended();
    const next = nextRefreshToken(pepper, sessionId, refreshToken);
    const verdict = await desk.change(asVisitor(session, visitor), async (tx) => {
      const value = await rotateSession(tx, { sessionId, presented: refreshToken, next, visitor, lifeMs });
      if (value !== 'reused') return { value, audit: null };
      const after = { reason: 'a refresh token was used twice', user_agent: userAgentOf(visitor) };
      return { value, audit: { tenantId: session.tenantId, action: 'session.revoked', subjectType: 'session', subjectId: sessionId, after }, announce: [['session-changed', { sessionId }]] };
    });
    if (verdict === 'expired') throw new DomainError('TOKEN_EXPIRED', { message: 'The session has expired. Log in again.' });
    if ((verdict !== 'rotated' && verdict !== 'repeated') || !session.isAlive || !session.isTenantActive) throw ended();
    return this.#pair(session, next);
  }

  /**
   * A new session for somebody who has shown who they are.
   * @param passwordHash of the password they showed; null where they showed another thing
   * @throws DomainError INVALID_TOKEN when the password was changed since, or the person was banned: that ends the sessions there are, and must not miss this one
   */
  async open(userId: string, tenantId: string, visitor: Visitor, passwordHash: string | null = null): Promise<TokenPair> {
    const { dataSource, desk, pepper, refreshLifeMs } = this.options;
    const id = uuidv7();
    const refreshToken = makeRefreshToken(pepper, id);
    const userAgent = userAgentOf(visitor);
    await desk.change(asVisitor({ userId, tenantId }, visitor), async (tx) => {
      const same = await tx.query<unknown[]>(`select 1 from users where id = $1 and status = 'active' and ($2::text is null or password_hash = $2) for share`, [userId, passwordHash]);
      if (same.length === 0) throw ended();
      await tx.insert(SessionEntity, { id, userId, refreshDigest: refreshTokenDigest(refreshToken), ip: visitor.ip, network: networkOf(visitor.ip), userAgent, expiresAt: new Date(Date.now() + refreshLifeMs) });
      return { value: undefined, audit: { tenantId, action: 'session.opened', subjectType: 'session', subjectId: id, after: { user_agent: userAgent } } };
    });
    const session = await loadSessionRecord(dataSource, id);
    if (!session) throw ended();
    return this.#pair(session, refreshToken);
  }

  #refused(visitor: Visitor, account: Account, message: string): DomainError {
    this.#audit.refused(visitor, account, message);
    return new DomainError('FORBIDDEN', { message });
  }

  async #pair(session: SessionRecord, refreshToken: string): Promise<TokenPair> {
    const { token, expiresInSeconds } = await this.options.accessTokens.issue(session);
    return { accessToken: token, expiresInSeconds, refreshToken };
  }
}

function asVisitor({ userId, tenantId }: Pick<SessionRecord, 'userId' | 'tenantId'>, { ip, requestId }: Visitor): Requester {
  return { actor: { kind: 'user', id: userId, ip, requestId }, tenantId, ownerId: null };
}

const ended = () => new DomainError('INVALID_TOKEN', { message: 'The session has ended. Log in again.' });
