import { type CompletionRequest, NO_USAGE, type Usage } from '@higress/kernel';
import type { StreamRelay } from './stream-relay';

/**
 * What a stream has used: the provider's own numbers where they are its last word, else what passed through our hands, marked as an
 * estimate. A running count that text has followed is not the last word, unless the stream is whole.
 */
export function streamUsage({ estimatedInputTokens }: CompletionRequest, relay: Pick<StreamRelay, 'usage' | 'isUsageCurrent' | 'estimateOutputTokens'>, isWhole: boolean): Usage {
  const { usage } = relay;
  if (usage && (isWhole || relay.isUsageCurrent)) return usage;
  const outputTokens = Math.max(usage?.outputTokens ?? 0, relay.estimateOutputTokens());
  return { ...NO_USAGE, inputTokens: estimatedInputTokens, ...usage, outputTokens, estimated: true };
}
