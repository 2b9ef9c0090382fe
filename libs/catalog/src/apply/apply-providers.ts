import type { Sealer } from '@higress/database';
import type { ProviderTimeouts } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { FileProvider } from '../gateway-file/gateway-file.schema';
import { fingerprint } from '../fingerprint';
import { credentialPlace } from '../seal-places';
import type { ChangeReport } from './change-report';
import { converge, type FileTable, type Wanted } from './converge';

const PROVIDERS: FileTable = { name: 'providers', kind: 'provider', key: ['name'], json: ['headers', 'timeouts'], off: { status: 'disabled' }, keyIsUnique: true, secret: ['headers'] };
const CREDENTIALS: FileTable = { name: 'credentials', kind: 'credential', key: ['provider_id', 'fingerprint'], json: [], off: { status: 'disabled' }, keyIsUnique: true, secret: ['value_sealed', 'fingerprint'] };

/** How credentials are kept: sealed to be used, and as a fingerprint to be recognised without opening them. */
export interface CredentialKeys {
  readonly sealer: Sealer;
  readonly pepper: Buffer;
}

/** Providers and their credentials. */
export async function applyProviders(manager: EntityManager, report: ChangeReport, providers: readonly FileProvider[], keys: CredentialKeys): Promise<void> {
  const ids = await converge(manager, report, PROVIDERS, providers.map(toProvider));
  const credentials = providers.flatMap((provider, at) => toCredentials(provider, at, ids[at] ?? null, keys));
  const kept = await converge(manager, report, CREDENTIALS, credentials);
  await sealAnew(manager, report, credentials, kept, keys.sealer);
}

function toProvider(provider: FileProvider, at: number): Wanted {
  return {
    path: `providers[${at}]`,
    title: provider.name,
    key: { name: provider.name },
    columns: { dialect: provider.dialect, base_url: provider.base_url ?? '', headers: provider.headers, timeouts: storedTimeouts(provider.timeouts), status: provider.status },
  };
}

/** Time limits as they are stored; what is not there has its default. */
export function storedTimeouts({ connect_ms: connectMs, first_token_ms: firstTokenMs, idle_ms: idleMs, total_ms: totalMs }: FileProvider['timeouts']): Partial<ProviderTimeouts> {
  return { connectMs, firstTokenMs, idleMs, totalMs };
}

interface WantedCredential extends Wanted {
  readonly value: string;
}

function toCredentials(provider: FileProvider, at: number, providerId: string | null, { sealer, pepper }: CredentialKeys): WantedCredential[] {
  if (providerId === null) return [];
  return provider.credentials.map(({ value, weight }, nth) => ({
    path: `providers[${at}].credentials[${nth}]`,
    title: `of ${provider.name}`,
    key: { provider_id: providerId, fingerprint: fingerprint(pepper, value) },
    columns: { weight, status: 'active' },
    whenNew: (id) => ({ value_sealed: sealer.seal(value, credentialPlace(id)) }),
    value,
  }));
}

/** A credential that no loaded key opens any more is sealed again, since the file still has its value. */
async function sealAnew(manager: EntityManager, report: ChangeReport, credentials: readonly WantedCredential[], ids: readonly (string | null)[], sealer: Sealer): Promise<void> {
  const rows: { id: string; value_sealed: Buffer }[] = await manager.query('select id, value_sealed from credentials where id = any($1)', [ids]);
  for (const { id, value_sealed } of rows) {
    const wanted = credentials[ids.indexOf(id)];
    if (!wanted || sealer.opens(value_sealed, credentialPlace(id))) continue;
    await manager.query('update credentials set value_sealed = $2, updated_at = now() where id = $1', [id, sealer.seal(wanted.value, credentialPlace(id))]);
    report.add({ verb: 'updated', kind: 'credential', id, title: wanted.title, tenantId: null });
  }
}
