import { type Deployment, DomainError, NO_USAGE, type Usage } from '@higress/kernel';
import { estimateTokens } from '@higress/pricing';
import type { UpstreamAnswer } from '@higress/upstream';
import { contentOf, parseAnswer, readOpenAiUsage } from '@higress/wire';
import type { InferenceCall } from './call';
import type { CallTrace } from './call-trace';
import type { Conversation } from './conversation';
import { DIALECT_OF } from './dialect-of';

/** A provider's whole answer: its bytes for the client, its usage for the bill. */
export interface JsonAnswer {
  readonly body: Buffer;
  readonly usage: Usage;
}

export interface Reading {
  readonly call: InferenceCall;
  readonly conversation: Conversation;
  readonly estimatedInputTokens: number;
  readonly trace: CallTrace;
}

/**
 * Reads an answer to its end and makes sure that it is one: HTML with status 200 is not.
 * @throws DomainError UPSTREAM_INVALID_RESPONSE, UPSTREAM_RESPONSE_TOO_LARGE
 */
export async function readJsonAnswer(answer: UpstreamAnswer, deployment: Deployment, { call: { endpoint }, conversation, estimatedInputTokens, trace }: Reading): Promise<JsonAnswer> {
  const bytes = await trace.waitFor(answer.readAll());
  const estimated = (outputTokens: number): Usage => ({ ...NO_USAGE, inputTokens: estimatedInputTokens, outputTokens, estimated: true });
  if (DIALECT_OF[endpoint] === 'openai' && conversation.passesTo(deployment)) {
    const parsed = parseAnswer(bytes.toString('utf8'));
    if (!Array.isArray(parsed[endpoint === 'embeddings' ? 'data' : 'choices'])) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    return { body: bytes, usage: readOpenAiUsage(parsed.usage) ?? estimated(endpoint === 'embeddings' ? 0 : estimateTokens(contentOf(parsed))) };
  }
  const { body, usage, text } = conversation.readWhole(bytes, deployment);
  return { body, usage: usage ?? estimated(estimateTokens(text())) };
}
