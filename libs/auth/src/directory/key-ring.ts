import { apiKeyDigest, ApiKeyEntity, apiKeyPrefix, type Desk, generateApiKey, type Page, pageById, type PageRequest, randomBase62, type Requester, type Sealer, violates } from '@higress/database';
import { DomainError, uuidv7, type KeyPolicy } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { signingSecretPlace } from '../keys/signing-secret-place';
import { findKeyToChange, noSuchKey, visibleTo } from './find-key';
import { mayMakeOwn, noteBounds } from './key-bounds';

export interface KeyRingOptions {
  readonly desk: Desk;
  readonly pepper: Buffer;
  readonly sealer: Sealer;
}

export interface NewKey extends KeyPolicy {
  readonly tenant_id: string;
  readonly name: string;
  /** Whose it is; null is the tenant's. A requester who sees only what is their own makes keys for nobody else. */
  readonly owner_user_id?: string | null;
}

export interface KeyFilter {
  readonly tenantId: string | null;
  readonly ownerUserId?: string;
}

export interface MadeKey {
  readonly row: ApiKeyEntity;
  /** Exists only here: only its digest is stored. */
  readonly key: string;
  /** Null unless the key demands signatures. */
  readonly signingSecret: string | null;
}

/** API keys, as the people see them who hand them out. Every change is in the audit, and every process hears of it. */
export class KeyRing {
  constructor(private readonly options: KeyRingOptions) {}

  /**
   * @throws DomainError VALIDATION_FAILED when there is no such tenant, or no such person in it; for those who see only what is their own FORBIDDEN where one of their
   * keys was bounded by somebody else, CONFLICT where they have enough
   */
  async create(by: Requester, wanted: NewKey): Promise<MadeKey> {
    const id = uuidv7();
    const key = generateApiKey();
    const digest = apiKeyDigest(this.options.pepper, key);
    const signingSecret = wanted.signing === 'required' ? randomBase62(43) : null;
    const ownerUserId = by.ownerId ?? wanted.owner_user_id ?? null;
    const row = await this.options.desk
      .change(by, async (tx) => {
        if (ownerUserId !== null) await mustBeOf(tx, ownerUserId, wanted.tenant_id);
        if (by.ownerId !== null) await mayMakeOwn(tx, by.ownerId);
        const made = await tx.save(ApiKeyEntity, tx.create(ApiKeyEntity, { id, ownerUserId, prefix: apiKeyPrefix(key), ...this.#columns(id, wanted, signingSecret) }));
        await tx.query('insert into api_key_secrets (digest, key_id, prefix, signing_secret_sealed) values ($1, $2, $3, $4)', [digest, id, made.prefix, made.signingSecretSealed]);
        const bounded = await noteBounds(tx, by, made);
        return {
          value: { ...made, bounded },
          audit: { tenantId: wanted.tenant_id, action: 'key.created', subjectType: 'key', subjectId: id, after: { ...wanted, owner_user_id: ownerUserId, prefix: made.prefix } },
          announce: [['key-changed', { keyId: id, digest: digest.toString('hex') }]],
        };
      })
      .catch(explainTenant);
    return { row, key, signingSecret };
  }

  /**
   * Ends a key for good; every process refuses it within a second. Revoking it again changes nothing.
   * @throws DomainError NOT_FOUND
   */
  async revoke(by: Requester, id: string): Promise<ApiKeyEntity> {
    return this.options.desk.change(by, async (tx) => {
      const row = await findKeyToChange(tx, by, id);
      // Told again: whoever asks twice may do so because the first time was not felt.
      if (row.status === 'revoked') return { value: row, audit: null, announce: [['key-changed', { keyId: id }]] };
      const value = await tx.save(ApiKeyEntity, { ...row, status: 'revoked' as const, revokedAt: new Date() });
      return {
        value,
        audit: { tenantId: row.tenantId, action: 'key.revoked', subjectType: 'key', subjectId: id, before: { status: 'active' }, after: { status: 'revoked' } },
        announce: [['key-changed', { keyId: id }]],
      };
    });
  }

  /** @throws DomainError NOT_FOUND */
  async get(by: Requester, id: string): Promise<ApiKeyEntity> {
    const row = await this.options.desk.read(by, (tx) => tx.findOneBy(ApiKeyEntity, { id, ...visibleTo(by) }));
    return row ?? noSuchKey();
  }

  list(by: Requester, { tenantId, ownerUserId }: KeyFilter, page: PageRequest): Promise<Page<ApiKeyEntity>> {
    return this.options.desk.read(by, (tx) => {
      const query = tx.createQueryBuilder(ApiKeyEntity, 'key').where(visibleTo(by));
      if (tenantId !== null) query.andWhere('key.tenantId = :tenantId', { tenantId });
      if (ownerUserId !== undefined) query.andWhere('key.ownerUserId = :ownerUserId', { ownerUserId });
      return pageById(query, page);
    });
  }

  #columns(id: string, { tenant_id: tenantId, name, models, endpoints, allowed_ips: allowedIps, expires_at: expiresAt, limits, signing, cache, tags }: NewKey, signingSecret: string | null) {
    const signingSecretSealed = signingSecret === null ? null : this.options.sealer.seal(signingSecret, signingSecretPlace(id));
    return { tenantId, name, models, endpoints, allowedIps, expiresAt: expiresAt === null ? null : new Date(expiresAt), limits, signing, signingSecretSealed, cache, tags };
  }
}

async function mustBeOf(tx: EntityManager, userId: string, tenantId: string): Promise<void> {
  const found = await tx.query<unknown[]>('select 1 from users where id = $1 and tenant_id = $2', [userId, tenantId]);
  if (found.length === 0) throw new DomainError('VALIDATION_FAILED', { param: 'owner_user_id', details: [{ path: 'owner_user_id', message: 'there is no such person in the tenant' }] });
}

function explainTenant(error: unknown): never {
  if (!violates(error, 'api_keys_tenant_id_fkey')) throw error;
  throw new DomainError('VALIDATION_FAILED', { param: 'tenant_id', details: [{ path: 'tenant_id', message: 'there is no such tenant' }] });
}
