import type { SealedColumn } from '@higress/database';

/** What a provider's credential is sealed for: its row alone. */
export const credentialPlace = (id: string) => `credentials:${id}`;
/** What the headers of a provider are sealed for. */
export const headersPlace = (id: string) => `providers:${id}:headers`;

/** Everything that the catalog keeps sealed. */
export const SEALED_IN_CATALOG: readonly SealedColumn[] = [
  { table: 'credentials', column: 'value_sealed', key: ['id'], place: ({ id }) => credentialPlace(String(id)) },
  { table: 'providers', column: 'headers_sealed', key: ['id'], place: ({ id }) => headersPlace(String(id)) },
];
