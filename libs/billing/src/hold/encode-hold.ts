import type { Price } from '@higress/kernel';
import { countFor, nanoFor, tagsFor, textFor, unitsFor } from '../postgres/for-postgres';
import { type HoldDraft, isCharged } from './hold-draft';
import type { Progress } from './progress';

/** A row of `billing_hold()`. */
export function encodeHold(draft: HoldDraft): string {
  const { call, billing, amountNanoUsd, price, budget } = draft;
  const identity = {
    channel: call.channel, model: textFor(call.model), provider: textFor(call.provider), upstream_model: textFor(call.upstreamModel), dialect: call.dialect, stream: call.stream,
    client_request_id: textFor(call.clientRequestId), tags: tagsFor(call.tags), user_id: call.userId ?? undefined,
  };
  const row: unknown[] = [call.requestId, call.tenantId, call.keyId, billing, isCharged(draft), nanoFor(amountNanoUsd), identity, price && priceFor(price)];
  if (budget) row.push([nanoFor(budget.amountNanoUsd), countFor(budget.tokens)]);
  return JSON.stringify(row);
}

/** A row of `billing_progress()`; without progress it only prolongs. */
export function encodeProgress(requestId: string, progress: Progress | null): string {
  if (!progress) return JSON.stringify([requestId, null, null]);
  const { usage, costNanoUsd, attempts = 1 } = progress;
  const counts: unknown[] = [usage.inputTokens, usage.cachedInputTokens, usage.cacheWriteTokens, usage.outputTokens, usage.reasoningTokens, attempts].map(countFor);
  if (usage.units) counts.push(unitsFor(usage.units));
  return JSON.stringify([requestId, nanoFor(costNanoUsd), counts]);
}

const known = new WeakMap<Price, Record<string, unknown>>();

/** Amounts as text. Remembered per price: it is the same object in all calls of a deployment. */
function priceFor(price: Price): Record<string, unknown> {
  let texts = known.get(price);
  if (texts === undefined) {
    texts = JSON.parse(JSON.stringify(price, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))) as Record<string, unknown>;
    known.set(price, texts);
  }
  return texts;
}
