import type { Signature, ToolCallPart } from '@higress/kernel';
import { isObject, type Json } from '../canonical/fields';
import { objectIn, textIn } from '../canonical/loose';
import { writeSignature } from '../canonical/signature';

/** A call of a whole message; undefined for what is none. */
export function readToolCall(call: unknown): ToolCallPart | undefined {
  if (!isObject(call)) return undefined;
  const signature = readCallSignature(call);
  const sealed = signature ? { signature } : {};
  if (isObject(call.custom)) return { type: 'tool_call', id: textIn(call.id) ?? '', name: textIn(call.custom.name) ?? '', arguments: textIn(call.custom.input) ?? '', custom: true, ...sealed };
  const target = objectIn(call.function);
  return { type: 'tool_call', id: textIn(call.id) ?? '', name: textIn(target.name) ?? '', arguments: argumentsOf(target.arguments), ...sealed };
}

/** Text, or what some servers send parsed. */
export function argumentsOf(value: unknown): string {
  return typeof value === 'string' ? value : isObject(value) ? JSON.stringify(value) : '';
}

/** Where Gemini's OpenAI form keeps the seal of a call. */
export function readCallSignature(call: Json): Signature | undefined {
  const value = textIn(objectIn(objectIn(call.extra_content).google).thought_signature);
  return value === undefined ? undefined : { by: 'gemini', value };
}

export function writeCallSignature(signature: Signature | undefined): Json {
  return signature ? { extra_content: { google: { thought_signature: writeSignature(signature, 'gemini') } } } : {};
}

export function writeToolCall(call: ToolCallPart): Json {
  const more = writeCallSignature(call.signature);
  if (call.custom) return { id: call.id, type: 'custom', custom: { name: call.name, input: call.arguments }, ...more };
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments }, ...more };
}
