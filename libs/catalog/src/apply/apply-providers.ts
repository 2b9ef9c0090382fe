import { canonicalJson, ProviderEntity, type Sealer } from '@higress/database';
import type { ProviderTimeouts } from '@higress/kernel';
import { type EntityManager, In } from 'typeorm';
import type { FileProvider } from '../gateway-file/gateway-file.schema';
import { fingerprint } from '../fingerprint';
import { headerNamesOf, openHeaders, type ProviderHeaders, sealHeaders } from '../provider-headers';
import { credentialPlace } from '../seal-places';
import type { ChangeReport } from './change-report';
import { converge, type FileTable, type Wanted } from './converge';

const PROVIDERS: FileTable = { name: 'providers', kind: 'provider', key: ['name'], json: ['timeouts'], off: { status: 'disabled' }, keyIsUnique: true, secret: ['headers', 'headers_sealed'] };
const CREDENTIALS: FileTable = { name: 'credentials', kind: 'credential', key: ['provider_id', 'fingerprint'], json: [], off: { status: 'disabled' }, keyIsUnique: true, secret: ['value_sealed', 'fingerprint'] };

/** How credentials are kept: sealed to be used, and as a fingerprint to be recognised without opening them. */
export interface CredentialKeys {
  readonly sealer: Sealer;
  readonly pepper: Buffer;
}

/** Providers and their credentials. */
export async function applyProviders(manager: EntityManager, report: ChangeReport, providers: readonly FileProvider[], keys: CredentialKeys): Promise<void> {
  const ids = await converge(manager, report, PROVIDERS, providers.map((provider, at) => toProvider(provider, at, keys.sealer)));
  await keepHeaders(manager, report, providers, ids, keys.sealer);
  const credentials = providers.flatMap((provider, at) => toCredentials(provider, at, ids[at] ?? null, keys));
  const kept = await converge(manager, report, CREDENTIALS, credentials);
  await sealAnew(manager, report, credentials, kept, keys.sealer);
}

function toProvider(provider: FileProvider, at: number, sealer: Sealer): Wanted {
  return {
    path: `providers[${at}]`,
    title: provider.name,
    key: { name: provider.name },
    columns: { dialect: provider.dialect, base_url: provider.base_url ?? '', timeouts: storedTimeouts(provider.timeouts), status: provider.status },
    whenNew: (id) => newHeaders(sealer, id, provider.headers),
  };
}

function newHeaders(sealer: Sealer, id: string, headers: ProviderHeaders): Record<string, unknown> {
  if (Object.keys(headers).length === 0) return {};
  const { headersSealed, headerNames } = sealHeaders(sealer, id, headers);
  return { headers_sealed: headersSealed, header_names: headerNames };
}

/** Seals the headers that differ from what is kept, or that no loaded key opens any more. What is kept is opened to be compared: sealed twice it is never alike. */
async function keepHeaders(manager: EntityManager, report: ChangeReport, providers: readonly FileProvider[], ids: readonly (string | null)[], sealer: Sealer): Promise<void> {
  const rows = new Map((await manager.findBy(ProviderEntity, { id: In(ids.filter((id) => id !== null)) })).map((row) => [row.id, row]));
  for (const [at, { name, headers }] of providers.entries()) {
    const row = rows.get(ids[at] ?? '');
    if (!row || canonicalJson(openedOrNull(sealer, row)) === canonicalJson(headers)) continue;
    const { headersSealed, headerNames } = sealHeaders(sealer, row.id, headers);
    await manager.query(`update providers set headers = '{}', headers_sealed = $2, header_names = $3, updated_at = now() where id = $1`, [row.id, headersSealed, headerNames]);
    report.add({ verb: 'updated', kind: 'provider', id: row.id, title: name, tenantId: null, before: { header_names: headerNamesOf(row) }, after: { header_names: headerNames } });
  }
}

function openedOrNull(sealer: Sealer, row: ProviderEntity): ProviderHeaders | null {
  try {
    return openHeaders(sealer, row);
  } catch {
    return null;
  }
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
