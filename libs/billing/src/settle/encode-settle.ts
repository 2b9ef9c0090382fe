import { isCharged } from '../hold/hold-draft';
import { countFor, millisFor, nanoFor, tagsFor, textFor, unitsFor } from '../postgres/for-postgres';
import type { SettleRecord } from './settle-record';

/**
 * A row of `billing_settle()`, which is also a line of the spool.
 * The number in front is the version of the form; later versions may only add at the end.
 */
export function encodeSettle(record: SettleRecord): string {
  const { hold, usage } = record;
  const { call } = hold;
  const row: unknown[] = [
    1, call.requestId, call.tenantId, call.keyId, hold.billing, isCharged(hold), nanoFor(hold.amountNanoUsd),
    call.channel, textFor(call.model), textFor(record.provider), textFor(record.upstreamModel), call.dialect, call.stream,
    textFor(call.clientRequestId), tagsFor(call.tags), countFor(record.status), textFor(record.errorCode), countFor(record.attempts),
    countFor(usage.inputTokens), countFor(usage.cachedInputTokens), countFor(usage.cacheWriteTokens), countFor(usage.outputTokens), countFor(usage.reasoningTokens),
    usage.estimated, record.clamped === true, nanoFor(record.costNanoUsd), millisFor(record.ttftMs), millisFor(record.durationMs), millisFor(record.overheadMs),
  ];
  addRest(row, record);
  return JSON.stringify(row);
}

/** What only some calls have: the person of an internal one, what a budgeted one counts for in requests, and what is counted otherwise than in tokens. */
function addRest(row: unknown[], { hold, answered = true, usage: { units } }: SettleRecord): void {
  const userId = hold.call.userId ?? null;
  const requests = hold.budget ? (answered ? 1 : 0) : null;
  if (units) row.push(userId, requests, unitsFor(units));
  else if (hold.budget) row.push(userId, requests);
  else if (userId !== null) row.push(userId);
}
