import type { Price } from '@higress/kernel';
import { jsonCount, jsonNano, jsonTags, jsonText, jsonUnits } from '../postgres/json-text';
import { type HoldDraft, isCharged } from './hold-draft';
import type { Progress } from './progress';

/** A row of `billing_hold()`. */
export function encodeHold(draft: HoldDraft): string {
  const { call, billing, amountNanoUsd, price, budget } = draft;
  return (
    `["${call.requestId}","${call.tenantId}",${jsonText(call.keyId)},"${billing}",${isCharged(draft)},${jsonNano(amountNanoUsd)},` +
    `{"channel":"${call.channel}","model":${jsonText(call.model)},"provider":${jsonText(call.provider)},"upstream_model":${jsonText(call.upstreamModel)},` +
    `"dialect":"${call.dialect}","stream":${call.stream},"client_request_id":${jsonText(call.clientRequestId)},"tags":${jsonTags(call.tags)}${call.userId ? `,"user_id":"${call.userId}"` : ''}},${jsonPrice(price)}` +
    (budget ? `,[${jsonNano(budget.amountNanoUsd)},${jsonCount(budget.tokens)}]]` : ']')
  );
}

/** A row of `billing_progress()`; without progress it only prolongs. */
export function encodeProgress(requestId: string, progress: Progress | null): string {
  if (!progress) return `["${requestId}",null,null]`;
  const { usage, costNanoUsd, attempts = 1 } = progress;
  const numbers = [usage.inputTokens, usage.cachedInputTokens, usage.cacheWriteTokens, usage.outputTokens, usage.reasoningTokens, attempts].map(jsonCount);
  return `["${requestId}",${jsonNano(costNanoUsd)},[${numbers.join()}${usage.units ? `,${jsonUnits(usage.units)}` : ''}]]`;
}

const known = new WeakMap<Price, string>();

/** Remembered per price: it is the same object in all calls of a deployment. */
function jsonPrice(price: Price | null): string {
  if (!price) return 'null';
  let json = known.get(price);
  if (json === undefined) {
    json = JSON.stringify(price, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
    known.set(price, json);
  }
  return json;
}
