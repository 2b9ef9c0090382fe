import type { ProviderEntity, Sealer } from '@higress/database';
import type { DataSource } from 'typeorm';
import { headersPlace } from './seal-places';

export type ProviderHeaders = Readonly<Record<string, string>>;

/** How a provider's headers are kept: their names to be shown, their values sealed for its row. */
type KeptHeaders = Pick<ProviderEntity, 'headers' | 'headersSealed' | 'headerNames'>;

/** @param id the provider's */
export function sealHeaders(sealer: Sealer, id: string, headers: ProviderHeaders): KeptHeaders {
  return { headers: {}, headersSealed: sealer.seal(JSON.stringify(headers), headersPlace(id)), headerNames: Object.keys(headers).sort() };
}

/** The headers as calls are made with them; those of an earlier release are not sealed. @throws UnsealError */
export function openHeaders(sealer: Sealer, { id, headers, headersSealed }: Pick<ProviderEntity, 'id' | 'headers' | 'headersSealed'>): ProviderHeaders {
  return headersSealed === null ? headers : (JSON.parse(sealer.open(headersSealed, headersPlace(id)).toString()) as ProviderHeaders);
}

/** What may be shown of them. */
export const headerNamesOf = ({ headers, headersSealed, headerNames }: KeptHeaders): readonly string[] => (headersSealed === null ? Object.keys(headers).sort() : headerNames);

/**
 * Seals the headers that an earlier release has kept as they are. Not to be run while such a release still calls providers: it would call them without.
 * @returns how many providers had such
 */
export async function sealPlainHeaders(dataSource: DataSource, sealer: Sealer): Promise<number> {
  const rows = await dataSource.query<{ id: string; headers: ProviderHeaders }[]>(`select id, headers from providers where headers_sealed is null and headers <> '{}'`);
  for (const { id, headers } of rows) {
    const kept = sealHeaders(sealer, id, headers);
    // Whoever has changed them meanwhile has sealed them.
    await dataSource.query(`update providers set headers = '{}', headers_sealed = $2, header_names = $3 where id = $1 and headers_sealed is null`, [id, kept.headersSealed, kept.headerNames]);
  }
  return rows.length;
}
