import type { CanonicalAnswer, CanonicalChoice, Part } from '@higress/kernel';
import type { AnswerTarget } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { urlOfSource } from '../canonical/media';
import { NO_CANONICAL_USAGE } from '../canonical/usage-count';
import { writeAnnotations } from './annotations';
import { writeFinish } from './chat-finish';
import { writeLogprobs } from './chat-logprobs';
import { writeChatUsage } from './chat-usage';
import { writeReasoning } from './reasoning-fields';
import { writeToolCall } from './tool-calls';

export function encodeChatAnswer(answer: CanonicalAnswer, { model, requestId, nowUnix }: AnswerTarget): Json {
  return {
    id: chatId(answer.id, requestId),
    object: 'chat.completion',
    created: answer.createdUnix ?? nowUnix,
    model,
    choices: answer.choices.map(writeChoice),
    usage: writeChatUsage(answer.usage ?? NO_CANONICAL_USAGE),
    ...(answer.serviceTier ? { service_tier: answer.serviceTier } : {}),
  };
}

/** The provider's id in the form of this dialect, else ours. */
export function chatId(id: string, requestId: string): string {
  return id.startsWith('chatcmpl') ? id : `chatcmpl-${id === '' ? requestId : id.replace(/^(msg|resp)_/, '')}`;
}

function writeChoice(choice: CanonicalChoice, index: number): Json {
  return { index, message: writeMessage(choice.parts), logprobs: choice.logprobs ? writeLogprobs(choice.logprobs) : null, finish_reason: writeFinish(choice.finish), ...(choice.stopSequence ? { stop_reason: choice.stopSequence } : {}) };
}

function writeMessage(parts: readonly Part[]): Json {
  const of = <T extends Part['type']>(type: T) => parts.filter((part): part is Extract<Part, { type: T }> => part.type === type);
  const texts = of('text');
  const calls = of('tool_call');
  const refusals = of('refusal');
  const annotations = writeAnnotations(texts.flatMap(({ citations }) => citations ?? []));
  const [audio] = of('audio');
  const images = of('image').flatMap(({ source }) => urlOfSource(source) ?? []);
  return {
    role: 'assistant',
    content: texts.length === 0 ? null : texts.map(({ text }) => text).join(''),
    refusal: refusals.length === 0 ? null : refusals.map(({ text }) => text).join(''),
    ...writeReasoning(of('reasoning')),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(audio ? { audio: { id: audio.id ?? 'audio', data: audio.source.kind === 'data' ? audio.source.data : '', transcript: audio.transcript ?? '', expires_at: audio.expiresAt ?? 0 } } : {}),
    ...(images.length > 0 ? { images: images.map((url) => ({ type: 'image_url', image_url: { url } })) } : {}),
    ...(calls.length > 0 ? { tool_calls: calls.map(writeToolCall) } : {}),
  };
}
