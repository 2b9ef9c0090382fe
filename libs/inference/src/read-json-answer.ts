import { DomainError, type Usage } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import type { UpstreamAnswer } from '@higress/upstream';
import { contentOf, readOpenAiUsage } from '@higress/wire';
import type { InferenceCall } from './call';
import type { CallTrace } from './call-trace';

/** A provider's whole answer: its bytes for the client, its usage for the bill. */
export interface JsonAnswer {
  readonly body: Buffer;
  readonly usage: Usage;
}

/** The member that makes an object an answer to this endpoint. */
const REQUIRED = { 'chat/completions': 'choices', embeddings: 'data' } as const satisfies Record<InferenceCall['endpoint'], string>;

/**
 * Reads an answer to its end and makes sure that it is one: HTML with status 200 is not.
 * @throws DomainError UPSTREAM_INVALID_RESPONSE, UPSTREAM_RESPONSE_TOO_LARGE
 */
export async function readJsonAnswer(answer: UpstreamAnswer, endpoint: InferenceCall['endpoint'], estimatedInputTokens: number, trace: CallTrace): Promise<JsonAnswer> {
  const body = await trace.waitFor(answer.readAll());
  const parsed = parseObject(body);
  if (!Array.isArray(parsed[REQUIRED[endpoint]])) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  const usage = readOpenAiUsage(parsed.usage) ?? {
    inputTokens: estimatedInputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: endpoint === 'embeddings' ? 0 : estimateTokens(contentOf(parsed)),
    reasoningTokens: 0,
    estimated: true,
  };
  return { body, usage };
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, like every other answer that is not an object.
  }
  throw new DomainError('UPSTREAM_INVALID_RESPONSE');
}
