import { isObject, type Json } from '../canonical/fields';
import { listIn, objectIn, textIn } from '../canonical/loose';
import { readSignature } from '../canonical/signature';

/** The input of a request as items: a text alone is what a user says. */
export function inputItems(input: unknown): Json[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  return listIn(input).filter(isObject);
}

export function outputItems(response: Json): Json[] {
  return listIn(response.output).filter(isObject);
}

const PREFIXES: Readonly<Record<string, string>> = { message: 'msg', reasoning: 'rs', function_call: 'fc', function_call_output: 'fco', custom_tool_call: 'ctc', custom_tool_call_output: 'ctco' };

/** An item as it is listed: spelled out, and with an id, which is the same each time. @param place what tells it from every other item that has no id of its own */
export function listedItem(item: Json, place: string): Json {
  const type = textIn(item.type) ?? 'message';
  const said = typeof item.content === 'string' ? { content: [item.role === 'assistant' ? { type: 'output_text', text: item.content, annotations: [] } : { type: 'input_text', text: item.content }] } : {};
  return { id: `${PREFIXES[type] ?? 'item'}_${place}`, ...(type in PREFIXES && type !== 'reasoning' ? { status: 'completed' } : {}), ...item, type, ...said };
}

/**
 * What was said before, for OpenAI itself, which keeps none of it: the ids by which it would look items up are left out, and so are thoughts
 * that it has not sealed, because it takes no others.
 */
export function itemsForOpenAi(items: readonly Json[]): Json[] {
  return items.flatMap((item) => {
    const type = textIn(item.type) ?? 'message';
    if (type === 'reasoning') return isSealedThere(item) ? [item] : [];
    if (!(type in PREFIXES)) return [item];
    const { id: _, ...rest } = objectIn(item);
    return [rest];
  });
}

function isSealedThere(item: Json): boolean {
  const seal = textIn(item.encrypted_content);
  return seal !== undefined && readSignature(seal, 'openai').by === 'openai';
}
