import { isCharged } from '../hold/hold-draft';
import { jsonCount, jsonMillis, jsonNano, jsonTags, jsonText, jsonUnits } from '../postgres/json-text';
import type { SettleRecord } from './settle-record';

/**
 * A row of `billing_settle()`, which is also a line of the spool: made once, by hand, because it is made for every call.
 * The number in front is the version of the form; later versions may only add at the end.
 */
export function encodeSettle(record: SettleRecord): string {
  const { hold, usage } = record;
  const { call } = hold;
  return (
    `[1,"${call.requestId}","${call.tenantId}",${jsonText(call.keyId)},"${hold.billing}",${isCharged(hold)},${jsonNano(hold.amountNanoUsd)},` +
    `"${call.channel}",${jsonText(call.model)},${jsonText(record.provider)},${jsonText(record.upstreamModel)},"${call.dialect}",${call.stream},` +
    `${jsonText(call.clientRequestId)},${jsonTags(call.tags)},${jsonCount(record.status)},${jsonText(record.errorCode)},${jsonCount(record.attempts)},` +
    `${jsonCount(usage.inputTokens)},${jsonCount(usage.cachedInputTokens)},${jsonCount(usage.cacheWriteTokens)},${jsonCount(usage.outputTokens)},${jsonCount(usage.reasoningTokens)},` +
    `${usage.estimated},${record.clamped === true},${jsonNano(record.costNanoUsd)},${jsonMillis(record.ttftMs)},${jsonMillis(record.durationMs)},${jsonMillis(record.overheadMs)}${more(record)}]`
  );
}

/** What only some calls have: the person of an internal one, what a budgeted one counts for in requests, and what is counted otherwise than in tokens. */
function more({ hold, answered = true, usage: { units } }: SettleRecord): string {
  if (units) return `,${jsonText(hold.call.userId)},${hold.budget ? (answered ? 1 : 0) : 'null'},${jsonUnits(units)}`;
  if (hold.budget) return `,${jsonText(hold.call.userId)},${answered ? 1 : 0}`;
  return hold.call.userId ? `,"${hold.call.userId}"` : '';
}
