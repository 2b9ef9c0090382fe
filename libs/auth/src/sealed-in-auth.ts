import type { SealedColumn } from '@higress/database';
import { signingSecretPlace } from './keys/signing-secret-place';
import { pairPlace } from './tokens/signing-keys';

/** Everything that callers' secrets and tokens keep sealed. */
export const SEALED_IN_AUTH: readonly SealedColumn[] = [
  { table: 'api_keys', column: 'signing_secret_sealed', key: ['id'], place: ({ id }) => signingSecretPlace(String(id)) },
  { table: 'api_key_secrets', column: 'signing_secret_sealed', key: ['digest', 'key_id'], place: ({ key_id }) => signingSecretPlace(String(key_id)) },
  { table: 'signing_keys', column: 'private_sealed', key: ['kid'], place: ({ kid }) => pairPlace(String(kid)) },
];
