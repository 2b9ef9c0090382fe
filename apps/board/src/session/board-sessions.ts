import type { AccessTokens, Identity, Login, Sessions, Visitor } from '@higress/auth';
import { DomainError } from '@higress/kernel';
import { decodeJwt } from 'jose';

export interface OpenSession {
  readonly identity: Identity;
  /** A newer token for the cookie, where the presented one is past half of its life. */
  readonly renewed: string | null;
}

/** Who may see the queues: owners, with the e-mail address and the password that they use everywhere. */
export class BoardSessions {
  constructor(
    private readonly login: Login,
    private readonly sessions: Sessions,
    /** With a key of the board's own: its cookie is no token for the API, nor the other way round. */
    private readonly tokens: AccessTokens,
    readonly lifeSeconds: number,
  ) {}

  /**
   * Opens a session and returns the token for the cookie.
   * @throws DomainError as Login does; FORBIDDEN for everybody but owners
   */
  async open(email: string, password: string, visitor: Visitor): Promise<string> {
    const { accessToken } = await this.login.login(email, password, visitor);
    const identity = await this.tokens.verify(accessToken);
    if (identity.roles.includes('owner')) return accessToken;
    await this.sessions.end(identity.asSelf({ ip: visitor.ip }), identity.sessionId, 'only owners may see the queues');
    throw new DomainError('FORBIDDEN', { message: 'Only owners may see the queues.' });
  }

  /** Whose session this is; null where it has ended. @throws DomainError NOT_READY while Postgres is away */
  async identify(token: string): Promise<OpenSession | null> {
    try {
      const identity = await this.tokens.verify(token);
      if (!identity.roles.includes('owner')) return null;
      const isWorn = (decodeJwt(token).exp ?? 0) - Date.now() / 1000 < this.lifeSeconds / 2;
      return { identity, renewed: isWorn ? (await this.tokens.issue({ ...identity, roles: [...identity.roles] })).token : null };
    } catch (error) {
      if (error instanceof DomainError && error.http < 500) return null;
      throw error;
    }
  }

  async close(identity: Identity): Promise<void> {
    await this.sessions.end(identity.asSelf({}), identity.sessionId, 'logout');
  }
}
