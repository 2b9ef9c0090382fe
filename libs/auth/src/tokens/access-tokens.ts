import { isDatabaseAway, type Sealer } from '@higress/database';
import { DomainError, isUuid, uuidv7, type Secret } from '@higress/kernel';
import type { Announcements } from '@higress/redis';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT, type JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import type { DataSource } from 'typeorm';
import { Vouched } from '../memory/vouched';
import { Identity } from './identity';
import { loadSessionRecord, type SessionRecord } from './session-record';
import { pemKeys, secretKeys, sharedKeys, type SigningKeys } from './signing-keys';

export interface AccessTokensOptions {
  readonly dataSource: DataSource;
  readonly sealer: Sealer;
  readonly announcements: Pick<Announcements, 'on' | 'onReconnect' | 'connected'>;
  /** The only algorithm that is accepted. */
  readonly algorithm: 'RS256' | 'HS256';
  /** For HS256. */
  readonly secret: Secret;
  /** For RS256: PEM text. Without it a pair is made once and shared through Postgres. */
  readonly privatePem?: string;
  /** For RS256: PEM texts of keys that are accepted too. */
  readonly publicPems?: readonly string[];
  readonly issuer: string;
  readonly audience: string;
  readonly lifeSeconds: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

interface Claims {
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAtMs: number;
}

const MAX_TOKEN_CHARS = 4096;
const MAX_TOKENS = 20_000;
/** Between two looks for a key that is not known: anybody can invent one. */
const RELOAD_PAUSE_MS = 1_000;

/** Signs access tokens and says who presents one. A token counts only while its session lives, which is felt within a second. */
export class AccessTokens {
  readonly #claims = new LRUCache<string, Claims>({ max: MAX_TOKENS });
  readonly #sessions: Vouched<Session>;
  #keys: SigningKeys | null = null;
  #loading: Promise<SigningKeys> | null = null;
  #loadedAtMs = -Infinity;
  #areKeysOld = false;
  #keysChanged = 0;

  constructor(private readonly options: AccessTokensOptions) {
    const { announcements, dataSource } = options;
    this.#sessions = new Vouched({ load: async (id) => ({ value: toSession(await loadSessionRecord(dataSource, id)), ageMs: 0 }), announcements, max: MAX_TOKENS });
    announcements.on('session-changed', (change) => this.#forget(change));
    announcements.on('signing-keys-changed', () => this.#renewKeys());
    announcements.onReconnect(() => this.#renewKeys());
    announcements.on('key-changed', ({ tenantId }: { tenantId?: string }) => tenantId && this.#sessions.forget(({ record }) => record.tenantId === tenantId));
  }

  /**
   * Loads the keys. Resolves even while Postgres is away: they are then loaded when they are needed.
   * @throws Error when a PEM text is not what it should be
   */
  async start(): Promise<void> {
    await this.#signingKeys().catch((error: unknown) => {
      if (!(error instanceof DomainError)) throw error;
    });
  }

  /** @throws DomainError NOT_READY while Postgres, which has the keys, is away */
  async issue({ userId, sessionId, tenantId, roles }: Pick<SessionRecord, 'userId' | 'sessionId' | 'tenantId' | 'roles'>): Promise<IssuedToken> {
    const { algorithm, issuer, audience, lifeSeconds } = this.options;
    const { kid, sign } = await this.#signingKeys();
    const token = await new SignJWT({ typ: 'access', sid: sessionId, tid: tenantId, roles })
      .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(userId)
      .setJti(uuidv7())
      .setIssuedAt()
      .setExpirationTime(`${lifeSeconds} s`)
      .sign(sign);
    return { token, expiresInSeconds: lifeSeconds };
  }

  /**
   * Who presents this token.
   * @throws DomainError INVALID_TOKEN, TOKEN_EXPIRED (401), FORBIDDEN when the tenant is disabled, NOT_READY (503)
   */
  async verify(token: string): Promise<Identity> {
    const { sessionId, userId, expiresAtMs } = this.#claims.get(token) ?? (await this.#read(token));
    if (Date.now() >= expiresAtMs) throw new DomainError('TOKEN_EXPIRED');
    return this.again({ sessionId, userId });
  }

  /**
   * Who somebody is now whose token was verified before; that token may have expired meanwhile.
   * @throws DomainError INVALID_TOKEN (401) when their session has ended, FORBIDDEN when the tenant is disabled, NOT_READY (503)
   */
  async again({ sessionId, userId }: Pick<Identity, 'sessionId' | 'userId'>): Promise<Identity> {
    const session = this.#sessions.peek(sessionId) ?? (await this.#sessions.get(sessionId));
    if (!session || session.record.userId !== userId || !session.record.isAlive) throw new DomainError('INVALID_TOKEN');
    if (!session.record.isTenantActive) throw new DomainError('FORBIDDEN', { message: 'Your tenant is disabled.' });
    return session.identity;
  }

  /**
   * Who presents this token, where memory knows it and its session: null costs no look-up.
   * @throws DomainError as {@link verify} does, for a token that is known
   */
  peek(token: string): Identity | null {
    const claims = this.#claims.get(token);
    const session = claims && this.#sessions.peek(claims.sessionId);
    if (!claims || !session) return null;
    if (Date.now() >= claims.expiresAtMs) throw new DomainError('TOKEN_EXPIRED');
    if (session.record.userId !== claims.userId || !session.record.isAlive || !session.record.isTenantActive) return null;
    return session.identity;
  }

  /** For `/.well-known/jwks.json`. */
  async jwks(): Promise<{ readonly keys: readonly JWK[] }> {
    return { keys: (await this.#signingKeys()).jwks };
  }

  async #read(token: string): Promise<Claims> {
    if (token.length > MAX_TOKEN_CHARS) throw new DomainError('INVALID_TOKEN');
    const { algorithm, issuer, audience } = this.options;
    const key = await this.#keyOf(token);
    const { payload } = await jwtVerify(token, key, { algorithms: [algorithm], issuer, audience, requiredClaims: ['exp', 'sub', 'sid', 'jti'] }).catch(refuse);
    const { sid, sub, exp, typ } = payload;
    if (typ !== 'access' || typeof sid !== 'string' || !isUuid(sid) || typeof sub !== 'string' || typeof exp !== 'number') throw new DomainError('INVALID_TOKEN');
    const claims: Claims = { sessionId: sid, userId: sub, expiresAtMs: exp * 1000 };
    this.#claims.set(token, claims);
    return claims;
  }

  /** By the token's `kid` alone: no other part of it chooses a key. */
  async #keyOf(token: string): Promise<SigningKeys['sign']> {
    const kid = kidOf(token);
    const key = (await this.#signingKeys()).verify.get(kid);
    if (key) return key;
    if (this.#mayHaveMore && performance.now() - this.#loadedAtMs > RELOAD_PAUSE_MS) {
      const more = (await this.#load()).verify.get(kid);
      if (more) return more;
    }
    throw new DomainError('INVALID_TOKEN');
  }

  get #mayHaveMore(): boolean {
    return this.options.algorithm === 'RS256' && this.options.privatePem === undefined;
  }

  /** What was verified with keys that may be gone is verified again. */
  #renewKeys(): void {
    this.#areKeysOld = true;
    this.#keysChanged += 1;
    this.#loading = null;
    this.#claims.clear();
  }

  /** While Postgres is away, those that were there last. */
  async #signingKeys(): Promise<SigningKeys> {
    const last = this.#keys;
    if (last && !this.#areKeysOld) return last;
    return this.#load().catch((error: unknown) => {
      if (last && error instanceof DomainError) return last;
      throw error;
    });
  }

  #load(): Promise<SigningKeys> {
    if (this.#loading) return this.#loading;
    const loading = this.#loadKeys().finally(() => {
      if (this.#loading === loading) this.#loading = null;
    });
    this.#loading = loading;
    return loading;
  }

  async #loadKeys(): Promise<SigningKeys> {
    const { algorithm, secret, privatePem, publicPems = [], dataSource, sealer } = this.options;
    const changed = this.#keysChanged;
    try {
      const keys = algorithm === 'HS256' ? secretKeys(secret.reveal()) : privatePem === undefined ? await sharedKeys(dataSource, sealer, publicPems) : await pemKeys(privatePem, publicPems);
      // Those that were changed while they were loaded serve those who asked, and nobody after them.
      if (changed === this.#keysChanged) [this.#keys, this.#loadedAtMs, this.#areKeysOld] = [keys, performance.now(), false];
      return keys;
    } catch (error) {
      throw isDatabaseAway(error) ? new DomainError('NOT_READY', { retryAfterMs: 1000, cause: error }) : error;
    }
  }

  #forget({ sessionId, userId }: { sessionId?: string; userId?: string }): void {
    this.#sessions.forget(({ record }) => record.sessionId === sessionId || record.userId === userId);
  }
}

interface Session {
  readonly record: SessionRecord;
  readonly identity: Identity;
}

const toSession = (record: SessionRecord | null): Session | null => record && { record, identity: new Identity(record) };

function kidOf(token: string): string {
  try {
    return decodeProtectedHeader(token).kid ?? '';
  } catch {
    throw new DomainError('INVALID_TOKEN');
  }
}

function refuse(error: unknown): never {
  throw new DomainError(error instanceof errors.JWTExpired ? 'TOKEN_EXPIRED' : 'INVALID_TOKEN', { cause: error });
}
