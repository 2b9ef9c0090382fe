import { type CanonicalAnswer, DomainError, type FinishReason, type Part, type TokenLogprob } from '@higress/kernel';
import { readLogprobs, writeLogprobs } from '../openai-chat/chat-logprobs';
import type { AnswerTarget } from '../canonical/dialect-codec';
import { isObject, type Json } from '../canonical/fields';
import { compact, listIn, numberIn, objectIn, textIn } from '../canonical/loose';
import { NO_CANONICAL_USAGE } from '../canonical/usage-count';
import { writeReasoningItem } from './encode-response-request';
import { readFlatAnnotations, writeFlatAnnotations } from './flat-annotations';
import { readReasoningItem } from './input-items';
import { endingOf, responseBody, responseId } from './response-body';
import { readResponseUsage, writeResponseUsage } from './response-usage';

/** @throws DomainError UPSTREAM_INVALID_RESPONSE where it is no response, UPSTREAM_ERROR where it says that it failed */
export function decodeResponseAnswer(body: Json): CanonicalAnswer {
  if (!Array.isArray(body.output)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  if (body.status === 'failed') throw new DomainError('UPSTREAM_ERROR', { cause: textIn(objectIn(body.error).message)?.slice(0, 500) });
  const items = body.output.filter(isObject);
  const parts = items.flatMap(readOutputItem);
  const logprobs = items.flatMap(readItemLogprobs);
  return compact<CanonicalAnswer & Record<string, unknown>>({
    id: textIn(body.id) ?? '',
    model: textIn(body.model) ?? '',
    createdUnix: numberIn(body.created_at),
    choices: [{ parts, finish: readEnding(body, parts.some(({ type }) => type === 'tool_call')), ...(logprobs.length > 0 ? { logprobs } : {}) }],
    usage: readResponseUsage(body.usage),
    serviceTier: textIn(body.service_tier),
  });
}

export function readEnding(body: Json, hasCalled: boolean): FinishReason {
  const reason = objectIn(body.incomplete_details).reason;
  if (reason === 'max_output_tokens') return 'length';
  if (reason === 'content_filter') return 'content_filter';
  return hasCalled ? 'tool_calls' : 'stop';
}

function readItemLogprobs(item: Json): TokenLogprob[] {
  return listIn(item.content).filter(isObject).flatMap((part) => readLogprobs({ content: part.logprobs }));
}

function readOutputItem(item: Json): Part[] {
  switch (item.type) {
    case 'message':
      return listIn(item.content).filter(isObject).map((part): Part => {
        if (part.type === 'refusal') return { type: 'refusal', text: textIn(part.refusal) ?? '' };
        const citations = readFlatAnnotations(part.annotations);
        return { type: 'text', text: textIn(part.text) ?? '', ...(citations.length > 0 ? { citations } : {}) };
      });
    case 'function_call':
      return [{ type: 'tool_call', id: textIn(item.call_id) ?? '', name: textIn(item.name) ?? '', arguments: textIn(item.arguments) ?? '' }];
    case 'custom_tool_call':
      return [{ type: 'tool_call', id: textIn(item.call_id) ?? '', name: textIn(item.name) ?? '', arguments: textIn(item.input) ?? '', custom: true }];
    case 'reasoning':
      return [readReasoningItem(item)];
    default:
      return [{ type: 'opaque', dialect: 'responses', value: item }];
  }
}

export function encodeResponseAnswer(answer: CanonicalAnswer, target: AnswerTarget): Json {
  const [choice] = answer.choices;
  const ending = endingOf(choice?.finish ?? 'stop');
  const output = writeOutput(choice?.parts ?? [], target.requestId, choice?.logprobs);
  const last = output.at(-1);
  return responseBody(
    {
      id: responseId(answer.id, target.requestId),
      createdUnix: answer.createdUnix ?? target.nowUnix,
      ...ending,
      output: ending.status === 'incomplete' && last && 'status' in last ? [...output.slice(0, -1), { ...last, status: 'incomplete' }] : output,
      usage: writeResponseUsage(answer.usage ?? NO_CANONICAL_USAGE),
      serviceTier: answer.serviceTier,
    },
    target,
  );
}

/** Texts in a row share a message. */
function writeOutput(parts: readonly Part[], requestId: string, logprobs: readonly TokenLogprob[] = []): Json[] {
  const items: { type: string; content?: Json[]; [name: string]: unknown }[] = [];
  let told = logprobs;
  for (const part of parts) {
    const index = items.length;
    if (part.type === 'text' || part.type === 'refusal') {
      const content = part.type === 'refusal' ? { type: 'refusal', refusal: part.text } : { type: 'output_text', text: part.text, annotations: writeFlatAnnotations(part.citations ?? []), logprobs: told.length > 0 ? writeLogprobs(told).content : [] };
      if (part.type === 'text') told = [];
      const last = items.at(-1);
      if (last?.type === 'message') last.content?.push(content);
      else items.push({ id: `msg_${requestId}_${index}`, type: 'message', role: 'assistant', status: 'completed', content: [content] });
    } else if (part.type === 'tool_call') items.push(writeCallItem(part, requestId, index));
    else if (part.type === 'reasoning') items.push(writeReasoningItem(part, `rs_${requestId}_${index}`) as { type: string });
    else if (part.type === 'opaque' && part.dialect === 'responses') items.push(part.value as { type: string });
  }
  return items;
}

export function writeCallItem({ id, name, arguments: text, custom }: Extract<Part, { type: 'tool_call' }>, requestId: string, index: number, status = 'completed'): { type: string } & Json {
  return custom ? { id: `ctc_${requestId}_${index}`, type: 'custom_tool_call', status, call_id: id, name, input: text } : { id: `fc_${requestId}_${index}`, type: 'function_call', status, call_id: id, name, arguments: text };
}
