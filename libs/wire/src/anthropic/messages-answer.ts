import { type CanonicalAnswer, DomainError, type Part } from '@higress/kernel';
import type { AnswerTarget } from '../canonical/dialect-codec';
import { Fields, isObject, type Json } from '../canonical/fields';
import { compact, textIn } from '../canonical/loose';
import { NO_CANONICAL_USAGE } from '../canonical/usage-count';
import { readBlock, writeBlock } from './content-blocks';
import { readMessagesUsage, writeMessagesUsage } from './messages-usage';
import { readStopReason, writeStopReason } from './stop-reason';

/** @throws DomainError UPSTREAM_INVALID_RESPONSE where it is no message */
export function decodeMessagesAnswer(body: Json): CanonicalAnswer {
  if (!Array.isArray(body.content)) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  const stopSequence = textIn(body.stop_sequence);
  return {
    id: textIn(body.id) ?? '',
    model: textIn(body.model) ?? '',
    choices: [compact({ parts: body.content.filter(isObject).map(readAnswerBlock), finish: readStopReason(textIn(body.stop_reason)), stopSequence })],
    usage: readMessagesUsage(body.usage),
  };
}

/** A block of an answer; what is not as documented is the provider's fault, not the caller's. */
function readAnswerBlock(block: Json): Part {
  try {
    return readBlock(new Fields(block, 'content'));
  } catch {
    throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  }
}

/** Who called a tool is told in answers alone: the model itself. */
export const CALLER: Json = { caller: { type: 'direct' } };

function writeAnswerBlock(part: Part): Json | undefined {
  const block = writeBlock(part);
  return part.type === 'tool_call' ? { ...block, ...CALLER } : block;
}

export function encodeMessagesAnswer(answer: CanonicalAnswer, { model, requestId }: AnswerTarget): Json {
  const [choice] = answer.choices;
  return {
    id: messageId(answer.id, requestId),
    type: 'message',
    role: 'assistant',
    model,
    content: (choice?.parts ?? []).flatMap((part) => writeAnswerBlock(part) ?? []),
    stop_reason: writeStopReason(choice?.finish ?? 'stop'),
    stop_sequence: choice?.stopSequence ?? null,
    usage: writeMessagesUsage(answer.usage ?? NO_CANONICAL_USAGE),
  };
}

/** The provider's id in the form of this dialect, else ours. */
export function messageId(id: string, requestId: string): string {
  return id.startsWith('msg_') ? id : `msg_${(id || requestId).replace(/^(chatcmpl-|resp_)/, '').replace(/[^a-zA-Z0-9_-]/g, '_')}`;
}
