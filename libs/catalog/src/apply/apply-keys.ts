import { apiKeyDigest, apiKeyPrefix, generateApiKey } from '@higress/database';
import type { EntityManager } from 'typeorm';
import type { FileKey } from '../gateway-file/gateway-file.schema';
import type { BudgetOwner } from './apply-budgets';
import type { ChangeReport } from './change-report';
import { converge, type FileTable, type Wanted } from './converge';
import { loadEndedKeys, type EndedKey } from './ended-keys';
import { keepSecrets, type WantedSecret } from './keep-secrets';

const keysTable = (now: Date): FileTable => ({
  name: 'api_keys',
  kind: 'key',
  key: ['tenant_id', 'name'],
  json: ['limits', 'tags'],
  off: { status: 'revoked', revoked_at: now },
  keyIsUnique: false,
  secret: [],
});

interface WantedKey extends Wanted {
  readonly file: FileKey;
}

/**
 * API keys. One without a value is made the first time and kept from then on. A key may belong to a tenant that was made through the API.
 * One that was revoked by hand stays revoked until the file gives it another value. Returns what is still to be done about their budgets.
 */
export async function applyKeys(manager: EntityManager, report: ChangeReport, keys: readonly FileKey[], pepper: Buffer): Promise<BudgetOwner[]> {
  const tenants = new Map((await manager.query<{ id: string; name: string }[]>('select id, name from tenants')).map(({ id, name }) => [name, id]));
  const ended = await loadEndedKeys(manager);
  const made = new Map<FileKey, string>();
  const valueOf = (key: FileKey) => key.value ?? made.get(key);
  const wanted = keys.flatMap((key, at) => toKey(key, at, tenants, report, () => make(key, made))).filter((key) => !staysRevoked(key, ended, report, pepper));
  const ids = await converge(manager, report, keysTable(new Date()), wanted);
  const secrets = wanted.flatMap(({ file, path, key }, at): WantedSecret[] => {
    const value = valueOf(file);
    const keyId = ids[at];
    return value && keyId ? [{ path, keyId, tenantId: String(key['tenant_id']), title: `${file.tenant}/${file.name}`, digest: apiKeyDigest(pepper, value) }] : [];
  });
  await keepSecrets(manager, report, secrets, new Set(ended.flatMap(({ digests }) => digests)));
  for (const [key, value] of made) report.keysMade.push({ tenant: key.tenant, name: key.name, value });
  return wanted.flatMap(({ file, key, title }, at) => {
    const keyId = ids[at];
    return keyId ? [{ kind: 'key' as const, title, tenantId: String(key['tenant_id']), keyId, budgets: file.budgets }] : [];
  });
}

/** A key that the file calls disabled is treated as one that it does not name: turned off where it exists. */
function toKey(key: FileKey, at: number, tenants: ReadonlyMap<string, string>, report: ChangeReport, makeValue: () => string): WantedKey[] {
  const { tenant, name, value, status, expires_at, budgets: _, ...policy } = key;
  const path = `keys[${at}]`;
  const tenantId = tenants.get(tenant);
  if (!tenantId) report.faults.push({ path: `${path}.tenant`, message: `there is no tenant ${tenant}` });
  if (!tenantId || status === 'disabled') return [];
  const columns = { ...policy, expires_at: expires_at === null ? null : new Date(expires_at), status: 'active', revoked_at: null };
  return [
    {
      path,
      title: `${tenant}/${name}`,
      key: { tenant_id: tenantId, name },
      columns: value === undefined ? columns : { ...columns, prefix: apiKeyPrefix(value) },
      whenNew: () => (value === undefined ? { prefix: apiKeyPrefix(makeValue()) } : {}),
      file: key,
    },
  ];
}

function staysRevoked({ file, key, title }: WantedKey, ended: readonly EndedKey[], report: ChangeReport, pepper: Buffer): boolean {
  const match = ended.find(({ tenantId, name }) => tenantId === key['tenant_id'] && name === key['name']);
  const isRevoked = match !== undefined && (file.value === undefined || match.digests.includes(apiKeyDigest(pepper, file.value).toString('hex')));
  if (isRevoked) report.leftRevoked.push(`key ${title}`);
  return isRevoked;
}

function make(key: FileKey, made: Map<FileKey, string>): string {
  const value = generateApiKey();
  made.set(key, value);
  return value;
}
