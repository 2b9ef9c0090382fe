import { ApiKeyEntity, apiKeyDigest, apiKeyPrefix, appendAudit, generateApiKey, randomBase62, type Actor, type Sealer } from '@higress/database';
import { DomainError, uuidv7, type KeyPolicy } from '@higress/kernel';
import type { Announcements } from '@higress/redis';
import type { DataSource, EntityManager } from 'typeorm';
import { pageById, type Page, type PageRequest } from './page';
import { violates } from './violates';

export interface KeyRingOptions {
  readonly dataSource: DataSource;
  readonly announcements: Pick<Announcements, 'publish'>;
  readonly pepper: Buffer;
  readonly sealer: Sealer;
}

export interface NewKey extends KeyPolicy {
  readonly tenant_id: string;
  readonly name: string;
}

export interface MadeKey {
  readonly row: ApiKeyEntity;
  /** Exists only here: only its digest is stored. */
  readonly key: string;
  /** Null unless the key demands signatures. */
  readonly signingSecret: string | null;
}

/** What a signing secret is sealed for: its key alone. */
export const signingSecretPlace = (keyId: string) => `api_keys:${keyId}:signing_secret`;

/** API keys, as the people see them who hand them out. Every change is in the audit, and every process hears of it. */
export class KeyRing {
  constructor(private readonly options: KeyRingOptions) {}

  /** @throws DomainError VALIDATION_FAILED when there is no such tenant */
  async create(actor: Actor, wanted: NewKey): Promise<MadeKey> {
    const id = uuidv7();
    const key = generateApiKey();
    const digest = apiKeyDigest(this.options.pepper, key);
    const signingSecret = wanted.signing === 'required' ? randomBase62(43) : null;
    const row = await this.options.dataSource
      .transaction(async (manager) => {
        const made = await manager.save(ApiKeyEntity, manager.create(ApiKeyEntity, { id, prefix: apiKeyPrefix(key), ...this.#columns(id, wanted, signingSecret) }));
        await manager.query('insert into api_key_secrets (digest, key_id) values ($1, $2)', [digest, id]);
        await appendAudit(manager, { tenantId: wanted.tenant_id, actor, action: 'key.created', subjectType: 'key', subjectId: id, after: { ...wanted, prefix: made.prefix } });
        return made;
      })
      .catch(explainTenant);
    await this.options.announcements.publish('key-changed', { keyId: id, digest: digest.toString('hex') });
    return { row, key, signingSecret };
  }

  /**
   * Ends a key for good; every process refuses it within a second. Revoking it again changes nothing.
   * @param tenantId the tenant whose keys the actor may touch; null is all
   * @throws DomainError NOT_FOUND
   */
  async revoke(actor: Actor, id: string, tenantId: string | null): Promise<ApiKeyEntity> {
    const row = await this.options.dataSource.transaction((manager) => this.#revoke(manager, actor, id, tenantId));
    await this.options.announcements.publish('key-changed', { keyId: id });
    return row;
  }

  /** @throws DomainError NOT_FOUND */
  async get(id: string, tenantId: string | null): Promise<ApiKeyEntity> {
    const row = await this.options.dataSource.getRepository(ApiKeyEntity).findOneBy({ id, ...(tenantId !== null && { tenantId }) });
    return row ?? notFound();
  }

  list(page: PageRequest, tenantId: string | null): Promise<Page<ApiKeyEntity>> {
    const query = this.options.dataSource.getRepository(ApiKeyEntity).createQueryBuilder('key');
    if (tenantId !== null) query.where('key.tenantId = :tenantId', { tenantId });
    return pageById(query, page);
  }

  async #revoke(manager: EntityManager, actor: Actor, id: string, tenantId: string | null): Promise<ApiKeyEntity> {
    const row = await manager.findOne(ApiKeyEntity, { where: { id, ...(tenantId !== null && { tenantId }) }, lock: { mode: 'pessimistic_write' } });
    if (!row) return notFound();
    if (row.status === 'revoked') return row;
    const revoked = await manager.save(ApiKeyEntity, { ...row, status: 'revoked' as const, revokedAt: new Date() });
    await appendAudit(manager, { tenantId: row.tenantId, actor, action: 'key.revoked', subjectType: 'key', subjectId: id, before: { status: 'active' }, after: { status: 'revoked' } });
    return revoked;
  }

  #columns(id: string, { tenant_id: tenantId, name, models, endpoints, allowed_ips: allowedIps, expires_at: expiresAt, limits, signing, tags }: NewKey, signingSecret: string | null) {
    const signingSecretSealed = signingSecret === null ? null : this.options.sealer.seal(signingSecret, signingSecretPlace(id));
    return { tenantId, name, models, endpoints, allowedIps, expiresAt: expiresAt === null ? null : new Date(expiresAt), limits, signing, signingSecretSealed, tags };
  }
}

function notFound(): never {
  throw new DomainError('NOT_FOUND', { message: 'There is no such API key.' });
}

function explainTenant(error: unknown): never {
  if (!violates(error, 'api_keys_tenant_id_fkey')) throw error;
  throw new DomainError('VALIDATION_FAILED', { param: 'tenant_id', details: [{ path: 'tenant_id', message: 'there is no such tenant' }] });
}
