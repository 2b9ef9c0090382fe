import type { SealedColumn } from '@higress/database';
import { placeOf as placeOfAnswer } from './idempotency/idempotent-answers';
import { placeOf as placeOfResponse } from './responses/stored-responses';

/** Everything of callers' requests and answers that is kept sealed. */
export const SEALED_IN_REPLAY: readonly SealedColumn[] = [
  { table: 'idempotent_answers', column: 'sealed', key: ['tenant_id', 'idempotency_key'], place: ({ tenant_id, idempotency_key }) => placeOfAnswer({ tenantId: String(tenant_id), key: String(idempotency_key) }) },
  { table: 'stored_responses', column: 'sealed', key: ['tenant_id', 'response_id'], place: ({ tenant_id, response_id }) => placeOfResponse(String(tenant_id), String(response_id)) },
];
