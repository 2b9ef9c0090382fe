import type { EntityManager } from 'typeorm';
import type { ChangeReport } from './change-report';

export interface WantedSecret {
  readonly path: string;
  readonly keyId: string;
  readonly tenantId: string;
  readonly title: string;
  readonly digest: Buffer;
}

interface Owner {
  readonly key_id: string;
  readonly managed_by: 'api' | 'file';
  readonly status: 'active' | 'revoked';
}

/**
 * Gives each key exactly the secret that the file names. Old ones go first, so that two keys may exchange their values.
 * @param revoked digests, in hex, of values that a person has revoked: no other key may have them either
 */
export async function keepSecrets(manager: EntityManager, report: ChangeReport, wanted: readonly WantedSecret[], revoked: ReadonlySet<string>): Promise<void> {
  for (const { keyId, digest } of wanted) {
    const gone: { digest: Buffer }[] = await manager.query(
      'with gone as (delete from api_key_secrets where key_id = $1 and digest <> $2 returning digest) select digest from gone',
      [keyId, digest],
    );
    for (const old of gone) report.news.push(['key-changed', { keyId, digest: old.digest.toString('hex') }]);
  }
  for (const secret of wanted) await keepSecret(manager, report, secret, revoked.has(secret.digest.toString('hex')));
}

async function keepSecret(manager: EntityManager, report: ChangeReport, { path, keyId, tenantId, title, digest }: WantedSecret, isRevoked: boolean): Promise<void> {
  const [owner] = await manager.query<Owner[]>(
    'select s.key_id, k.managed_by, k.status from api_key_secrets s join api_keys k on k.id = s.key_id where s.digest = $1',
    [digest],
  );
  if (owner?.key_id === keyId) return;
  // A key that was renamed in the file: its old row is off by now, and gives its secret to the new one.
  const isFree = !owner || (owner.managed_by === 'file' && owner.status === 'revoked');
  if (!isFree || isRevoked) {
    report.faults.push({ path: `${path}.value`, message: isRevoked ? 'this value was revoked; give the key another one' : 'another key has this value' });
    return;
  }
  await manager.query('insert into api_key_secrets (digest, key_id) values ($1, $2) on conflict (digest) do update set key_id = excluded.key_id', [digest, keyId]);
  report.news.push(['key-changed', { keyId, digest: digest.toString('hex') }]);
  report.add({ verb: 'updated', kind: 'key secret', id: keyId, title: `of ${title}`, tenantId });
}
