import { ApiKeyEntity, apiKeyDigest, apiKeyPrefix, type AuditNote, canonicalJson, type Desk, generateApiKey, randomBase62, refuseFileOwned, type Requester, type Sealer } from '@higress/database';
import { DomainError, type KeyPolicy } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { signingSecretPlace } from '../keys/signing-secret-place';
import { findKeyToChange } from './find-key';
import { noteBounds } from './key-bounds';
import type { KeyRingOptions, MadeKey } from './key-ring';

export type KeyPatch = Partial<KeyPolicy & { readonly name: string }>;

export interface EditedKey {
  readonly row: ApiKeyEntity;
  /** Made because the key demands signatures from now on. It exists only here. */
  readonly signingSecret: string | null;
}

export interface RotatedKey extends MadeKey {
  /** Until then the secrets before it work, if they have not ended earlier. */
  readonly graceEndsAt: Date;
}

/** Looks at the locked row before it is changed, and throws where it is not what the caller thinks it is. */
export type Precondition = (row: ApiKeyEntity) => void;

const SIGNING_SECRET_LENGTH = 43;

/** What happens to API keys after they were made. Every process feels it within a second. */
export class KeyEditor {
  private readonly desk: Desk;
  private readonly pepper: Buffer;
  private readonly sealer: Sealer;

  constructor({ desk, pepper, sealer }: KeyRingOptions) {
    this.desk = desk;
    this.pepper = pepper;
    this.sealer = sealer;
  }

  /**
   * Changes what is named, and nothing else. A key that begins to demand signatures gets a signing secret for all that is in use of it.
   * @throws DomainError NOT_FOUND, CONFLICT for a key of gateway.yaml, and whatever the precondition throws
   */
  change(by: Requester, id: string, patch: KeyPatch, check: Precondition = () => undefined): Promise<EditedKey> {
    return this.desk.change(by, async (tx) => {
      const row = await this.#toChange(tx, by, id, check);
      const signingSecret = patch.signing === 'required' && row.signing !== 'required' ? randomBase62(SIGNING_SECRET_LENGTH) : null;
      const { before, after } = differences(row, patch);
      if (Object.keys(after).length === 0) return { value: { row, signingSecret: null }, audit: null };
      const sealed = signingSecret === null ? {} : { signingSecretSealed: this.sealer.seal(signingSecret, signingSecretPlace(id)) };
      const changed = await tx.save(ApiKeyEntity, { ...row, ...toColumns(patch), ...sealed });
      if (signingSecret !== null) await tx.query('update api_key_secrets set signing_secret_sealed = $2 where key_id = $1', [id, changed.signingSecretSealed]);
      const bounded = await noteBounds(tx, by, changed);
      return { value: { row: { ...changed, bounded }, signingSecret }, audit: note(row, 'key.changed', before, after), announce: [['key-changed', { keyId: id }]] };
    });
  }

  /**
   * Gives the key a new secret. The old ones work, each with its own signing secret, until the grace has passed.
   * @throws DomainError NOT_FOUND, CONFLICT for a key that is over or of gateway.yaml
   */
  rotate(by: Requester, id: string, graceMs: number): Promise<RotatedKey> {
    const key = generateApiKey();
    const digest = apiKeyDigest(this.pepper, key);
    return this.desk.change(by, async (tx) => {
      const row = await this.#toChange(tx, by, id, mustLive);
      const graceEndsAt = new Date(Date.now() + graceMs);
      const signingSecret = row.signing === 'required' ? randomBase62(SIGNING_SECRET_LENGTH) : null;
      const sealed = signingSecret === null ? null : this.sealer.seal(signingSecret, signingSecretPlace(id));
      await tx.query(
        `update api_key_secrets set expires_at = least(expires_at, $2), signing_secret_sealed = coalesce(signing_secret_sealed, $3), prefix = coalesce(prefix, $4) where key_id = $1`,
        [id, graceEndsAt, row.signingSecretSealed, row.prefix],
      );
      await tx.query('insert into api_key_secrets (digest, key_id, prefix, signing_secret_sealed) values ($1, $2, $3, $4)', [digest, id, apiKeyPrefix(key), sealed]);
      const changed = await tx.save(ApiKeyEntity, { ...row, prefix: apiKeyPrefix(key), signingSecretSealed: sealed });
      return {
        value: { row: changed, key, signingSecret, graceEndsAt },
        audit: note(row, 'key.rotated', { prefix: row.prefix }, { prefix: changed.prefix, grace_ends_at: graceEndsAt.toISOString() }),
        announce: [['key-changed', { keyId: id, digest: digest.toString('hex') }]],
      };
    });
  }

  /** Takes the key away for good. What it used stays in the usage records. @throws DomainError NOT_FOUND, CONFLICT for a key of gateway.yaml, FORBIDDEN for one's own that somebody else has bounded: what they set would be forgotten with it */
  async remove(by: Requester, id: string, check: Precondition = () => undefined): Promise<void> {
    await this.desk.change(by, async (tx) => {
      const row = await this.#toChange(tx, by, id, check);
      if (row.bounded && by.ownerId !== null) throw new DomainError('FORBIDDEN', { message: 'An administrator has set what this key may do: revoke it instead.' });
      await tx.delete(ApiKeyEntity, { id });
      return { value: undefined, audit: note(row, 'key.deleted', { name: row.name, prefix: row.prefix, status: row.status }, undefined), announce: [['key-changed', { keyId: id }]] };
    });
  }

  async #toChange(tx: EntityManager, by: Requester, id: string, check: Precondition): Promise<ApiKeyEntity> {
    const row = await findKeyToChange(tx, by, id);
    refuseFileOwned(row);
    check(row);
    return row;
  }
}

function mustLive({ status, expiresAt }: ApiKeyEntity): void {
  if (status === 'revoked') throw new DomainError('CONFLICT', { message: 'The key was revoked: make another one.' });
  if (expiresAt !== null && expiresAt.getTime() <= Date.now()) throw new DomainError('CONFLICT', { message: 'The key has expired: give it another expires_at first.' });
}

function toColumns({ allowed_ips, expires_at, ...same }: KeyPatch): Partial<ApiKeyEntity> {
  return { ...same, ...(allowed_ips !== undefined && { allowedIps: allowed_ips }), ...(expires_at !== undefined && { expiresAt: expires_at === null ? null : new Date(expires_at) }) };
}

/** What of the patch is not so already, in the words of the API. */
function differences(row: ApiKeyEntity, patch: KeyPatch): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const current: Record<string, unknown> = { ...row, allowed_ips: row.allowedIps, expires_at: row.expiresAt?.toISOString() ?? null };
  const wanted = { ...patch, ...(typeof patch.expires_at === 'string' && { expires_at: new Date(patch.expires_at).toISOString() }) };
  const names = Object.entries(wanted).filter(([name, value]) => value !== undefined && canonicalJson(current[name]) !== canonicalJson(value)).map(([name]) => name);
  const pick = (from: Record<string, unknown>) => Object.fromEntries(names.map((name) => [name, from[name]]));
  return { before: pick(current), after: pick(wanted) };
}

function note({ id, tenantId }: ApiKeyEntity, action: string, before: object | undefined, after: object | undefined): AuditNote {
  return { tenantId, action, subjectType: 'key', subjectId: id, before, after };
}
