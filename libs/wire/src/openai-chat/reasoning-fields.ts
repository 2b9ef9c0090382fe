import type { ReasoningPart } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { listIn, textIn } from '../canonical/loose';
import { readSignature, writeSignature } from '../canonical/signature';

/**
 * OpenAI's form has no name for thoughts. Providers and clients agree on `reasoning_content` (or `reasoning`) for their text; what must come
 * back with its seal travels in `thinking_blocks`, in Anthropic's form.
 */
export function readReasoning(message: Json): ReasoningPart[] {
  const blocks = listIn(message.thinking_blocks).filter(isObject).flatMap(readBlock);
  if (blocks.length > 0) return blocks;
  const text = textIn(message.reasoning_content) ?? textIn(message.reasoning);
  return text ? [{ type: 'reasoning', text }] : [];
}

function readBlock(block: Json): ReasoningPart[] {
  if (block.type === 'redacted_thinking') return [{ type: 'reasoning', text: '', redacted: true, signature: readSignature(textIn(block.data) ?? '', 'anthropic') }];
  if (block.type !== 'thinking') return [];
  const signature = textIn(block.signature);
  return [{ type: 'reasoning', text: textIn(block.thinking) ?? '', ...(signature ? { signature: readSignature(signature, 'anthropic') } : {}) }];
}

export function writeReasoning(parts: readonly ReasoningPart[]): Json {
  if (parts.length === 0) return {};
  const text = parts.map((part) => part.text).join('');
  const sealed = parts.length > 1 || parts.some(({ signature, redacted }) => signature || redacted);
  return {
    ...(text === '' ? {} : { reasoning_content: text }),
    ...(sealed ? { thinking_blocks: parts.map(writeBlock) } : {}),
  };
}

function writeBlock({ text, signature, redacted }: ReasoningPart): Json {
  const seal = signature ? writeSignature(signature, 'anthropic') : undefined;
  if (redacted) return { type: 'redacted_thinking', data: seal ?? '' };
  return { type: 'thinking', thinking: text, ...(seal === undefined ? {} : { signature: seal }) };
}
