import { type Channel, type NanoUsd, uuidv7Time } from '@higress/kernel';
import { Conditions } from './conditions';

export interface UsageFilter {
  /** Null for all tenants. */
  readonly tenantId: string | null;
  readonly requestId?: string;
  readonly keyId?: string;
  /** Whoever called on the internal channel, or owns the key. */
  readonly userId?: string;
  readonly channel?: Channel;
  readonly model?: string;
  readonly provider?: string;
  readonly status?: number;
  readonly errorCode?: string;
  /** Calls whose usage costs at least so much, at price. */
  readonly atLeastNanoUsd?: NanoUsd;
  /** Rows that have all of these. */
  readonly tags?: Readonly<Record<string, string>>;
  /** From this moment on. */
  readonly from?: Date;
  /** Before this moment. */
  readonly to?: Date;
}

/** The conditions that records and their sums can both be asked with; not those on time. */
export function addDimensions(conditions: Conditions, { tenantId, keyId, userId, model, provider, tags }: UsageFilter): Conditions {
  return conditions
    .add('tenant_id = ?', tenantId)
    .add('key_id = ?', keyId)
    .add('(user_id = ? or key_id in (select id from api_keys where owner_user_id = ?))', userId)
    .add('model = ?', model)
    .add('provider = ?', provider)
    .add('tags @> ?', tags && JSON.stringify(tags));
}

/** The conditions on records. */
export function conditionsOn(conditions: Conditions, filter: UsageFilter): Conditions {
  const { requestId, channel, status, errorCode, atLeastNanoUsd, from, to } = filter;
  const looksForFailures = (status !== undefined && status >= 400) || errorCode !== undefined;
  return addDimensions(conditions, filter)
    .add('started_at = ?', requestId && uuidv7Time(requestId))
    .add('id = ?', requestId)
    .add('channel = ?', channel)
    .add('status = ?', status)
    .add('error_code = ?', errorCode)
    .add('cost_nano >= ?', atLeastNanoUsd)
    // Said in so many words, because the index on failed calls is asked for by them.
    .addText(looksForFailures && 'status >= 400')
    .add('started_at >= ?', from)
    .add('started_at < ?', to);
}

/** Whether rows of this filter may be far apart, and the sums know in which hours and of which keys they are. */
export function isSparse({ requestId, keyId, userId, model, provider, status, errorCode, tags }: UsageFilter): boolean {
  const isNarrow = requestId !== undefined || keyId !== undefined || errorCode !== undefined || (status !== undefined && status >= 400);
  return !isNarrow && (userId !== undefined || model !== undefined || provider !== undefined || tags !== undefined);
}
