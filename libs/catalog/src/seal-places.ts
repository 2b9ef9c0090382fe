import type { SealedColumn } from '@higress/database';

/** What a provider's credential is sealed for: its row alone. */
export const credentialPlace = (id: string) => `credentials:${id}`;

/** Everything that the catalog keeps sealed. */
export const SEALED_IN_CATALOG: readonly SealedColumn[] = [{ table: 'credentials', column: 'value_sealed', key: ['id'], place: ({ id }) => credentialPlace(String(id)) }];
