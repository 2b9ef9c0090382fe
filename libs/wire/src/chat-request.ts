import { type CompletionRequest, DomainError } from '@higress/kernel';
import { estimatePromptTokens, picturesInMessages } from '@higress/pricing';
import type { ScannedJson } from './scan-json';

export const MAX_CHOICES = 128;
/** As much as a provider's own integer holds; some clients send it to say that they want no bound. */
const MAX_BOUND = 2 ** 31 - 1;
/** Nearly no prompt has pictures: looking for the name costs less than looking through the messages. */
const IMAGE_URL = Buffer.from('image_url');

/**
 * What the gateway reads of an OpenAI chat completion; everything else in the body is the provider's to judge.
 * @throws DomainError INVALID_REQUEST with the `param` at fault
 */
export function readChatRequest({ value, bytes }: ScannedJson): CompletionRequest {
  const model = readModel(value);
  const { messages, stream, stream_options: streamOptions } = value;
  if (!Array.isArray(messages) || messages.length === 0) throw invalid('messages', 'must be a non-empty array');
  if (!messages.every((message) => typeof message === 'object' && message !== null && typeof (message as { role?: unknown }).role === 'string')) throw invalid('messages', 'must hold objects with a role');
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') throw invalid('stream', 'must be true or false');
  if (streamOptions !== undefined && streamOptions !== null && typeof streamOptions !== 'object') throw invalid('stream_options', 'must be an object');
  if (streamOptions && stream !== true) throw invalid('stream_options', 'is only allowed when stream is true');
  return {
    model,
    stream: stream === true,
    includeUsage: (streamOptions as { include_usage?: unknown } | null | undefined)?.include_usage === true,
    maxOutputTokens: largerOf(readBound(value, 'max_completion_tokens'), readBound(value, 'max_tokens')),
    choices: readChoices(value.n),
    estimatedInputTokens: estimatePromptTokens(messages) + estimatePromptTokens(value.tools) + estimatePromptTokens(value.functions) + estimatePromptTokens(value.response_format),
    ...(bytes.includes(IMAGE_URL) && { pictures: picturesInMessages(messages) }),
  };
}

/** @throws DomainError INVALID_REQUEST */
export function readModel(value: Readonly<Record<string, unknown>>): string {
  if (typeof value.model !== 'string' || value.model === '') throw invalid('model', 'is required and must be a string');
  if (value.model.length > 256) throw invalid('model', 'is too long');
  return value.model;
}

export function invalid(param: string, rule: string): DomainError {
  return new DomainError('INVALID_REQUEST', { message: `'${param}' ${rule}.`, param });
}

function readBound(value: Readonly<Record<string, unknown>>, name: string): number | null {
  const bound = value[name];
  if (bound === undefined || bound === null) return null;
  if (!Number.isInteger(bound) || (bound as number) < 1 || (bound as number) > MAX_BOUND) throw invalid(name, `must be a whole number from 1 to ${MAX_BOUND}`);
  return bound as number;
}

/** Providers differ in which of the two they heed: the larger one is the bound that holds everywhere. */
function largerOf(one: number | null, other: number | null): number | null {
  return one !== null && other !== null ? Math.max(one, other) : (one ?? other);
}

function readChoices(n: unknown): number {
  if (n === undefined || n === null) return 1;
  if (!Number.isInteger(n) || (n as number) < 1 || (n as number) > MAX_CHOICES) throw invalid('n', `must be a whole number from 1 to ${MAX_CHOICES}`);
  return n as number;
}
