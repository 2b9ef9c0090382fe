import { type CanonicalAnswer, type CanonicalChoice, DomainError, type Part } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { compact, listIn, numberIn, objectIn, textIn } from '../canonical/loose';
import { sourceOfUrl } from '../canonical/media';
import { readAnnotations } from './annotations';
import { readFinish } from './chat-finish';
import { readLogprobs } from './chat-logprobs';
import { readChatUsage } from './chat-usage';
import { readReasoning } from './reasoning-fields';
import { argumentsOf, readToolCall } from './tool-calls';

/** @throws DomainError UPSTREAM_INVALID_RESPONSE where it holds no choices */
export function decodeChatAnswer(body: Json): CanonicalAnswer {
  if (!Array.isArray(body.choices)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  return compact<CanonicalAnswer & Record<string, unknown>>({
    id: textIn(body.id) ?? '',
    model: textIn(body.model) ?? '',
    createdUnix: numberIn(body.created),
    choices: body.choices.filter(isObject).map(readChoice),
    usage: readChatUsage(body.usage),
    serviceTier: textIn(body.service_tier),
  });
}

function readChoice(choice: Json): CanonicalChoice {
  const message = objectIn(choice.message);
  const logprobs = readLogprobs(choice.logprobs);
  const stopped = textIn(choice.stop_reason) ?? textIn(choice.matched_stop);
  const parts = readMessage(message);
  const finish = readFinish(textIn(choice.finish_reason) ?? 'stop');
  // A call that was forced ends with `stop` at OpenAI.
  return { parts, finish: finish === 'stop' && parts.some(({ type }) => type === 'tool_call') ? 'tool_calls' : finish, ...(stopped ? { stopSequence: stopped } : {}), ...(logprobs.length > 0 ? { logprobs } : {}) };
}

function readMessage(message: Json): Part[] {
  const parts: Part[] = [...readReasoning(message)];
  const text = textOfContent(message.content);
  const citations = readAnnotations(message.annotations);
  if (text !== '' || citations.length > 0) parts.push({ type: 'text', text, ...(citations.length > 0 ? { citations } : {}) });
  const refusal = textIn(message.refusal);
  if (refusal) parts.push({ type: 'refusal', text: refusal });
  const audio = objectIn(message.audio);
  if (typeof audio.id === 'string') parts.push(compact({ type: 'audio' as const, id: audio.id, source: { kind: 'data' as const, mediaType: '', data: textIn(audio.data) ?? '' }, transcript: textIn(audio.transcript), expiresAt: numberIn(audio.expires_at) }));
  for (const image of listIn(message.images)) {
    const url = textIn(objectIn(objectIn(image).image_url).url);
    if (url) parts.push({ type: 'image', source: sourceOfUrl(url) });
  }
  for (const call of listIn(message.tool_calls)) {
    const read = readToolCall(call);
    if (read) parts.push(read);
  }
  const legacy = objectIn(message.function_call);
  if (typeof legacy.name === 'string') parts.push({ type: 'tool_call', id: `call_${legacy.name}`, name: legacy.name, arguments: argumentsOf(legacy.arguments) });
  return parts;
}

/** Some servers send a list of parts where OpenAI sends text. */
export function textOfContent(content: unknown): string {
  if (typeof content === 'string') return content;
  return listIn(content).map((part) => textIn(objectIn(part).text) ?? '').join('');
}
