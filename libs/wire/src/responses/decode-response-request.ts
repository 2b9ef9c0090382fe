import { type CanonicalRequest, type CanonicalTool, DomainError, type OutputFormat, type ToolChoice } from '@higress/kernel';
import { Fields, type Json } from '../canonical/fields';
import { compact } from '../canonical/loose';
import { readInput } from './input-items';

const KNOWN = new Set(['model', 'input', 'instructions', 'stream', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning', 'max_output_tokens', 'temperature', 'top_p', 'top_logprobs', 'user', 'service_tier', 'drop_params', 'store', 'previous_response_id']);
/** What rests on a state that is kept elsewhere: no provider can be asked for it. */
const STATEFUL = ['conversation', 'prompt'];

/** OpenAI's Responses. What came before by `previous_response_id` must stand in the input already. */
export function decodeResponseRequest(value: Json): CanonicalRequest {
  const body = new Fields(value);
  for (const name of STATEFUL) {
    if (body.get(name) !== undefined) throw new DomainError('UNSUPPORTED_PARAMETER', { message: `'${name}' refers to a conversation that is not kept here. Send its items as input.`, param: name });
  }
  if (body.flag('background')) throw new DomainError('UNSUPPORTED_PARAMETER', { message: "'background' is not offered here.", param: 'background' });
  const text = body.fields('text');
  const reasoning = body.fields('reasoning');
  const instructions = body.text('instructions');
  body.text('previous_response_id');
  body.flag('store');
  const messages = readInput(body);
  const logprobs = body.count(0, 'top_logprobs');
  return compact<CanonicalRequest & Record<string, unknown>>({
    dialect: 'responses',
    model: body.needText('model'),
    stream: body.flag('stream') ?? false,
    includeUsage: true,
    messages: instructions ? [{ role: 'system', parts: [{ type: 'text', text: instructions }] }, ...messages] : messages,
    tools: body.items('tools').map(readTool),
    toolChoice: readChoice(body),
    parallelToolCalls: body.flag('parallel_tool_calls'),
    format: readFormat(text?.fields('format')),
    verbosity: text?.text('verbosity'),
    reasoning: reasoning && Object.keys(reasoning.value).length > 0 ? compact({ effort: reasoning.text('effort'), summary: reasoning.text('summary', 'generate_summary') }) : undefined,
    maxOutputTokens: body.count(1, 'max_output_tokens'),
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    logprobs: logprobs ?? (body.texts('include')?.includes('message.output_text.logprobs') ? 0 : undefined),
    user: body.text('user'),
    serviceTier: body.text('service_tier'),
    extras: body.rest(KNOWN),
  });
}

function readTool(tool: Fields): CanonicalTool {
  const type = tool.needText('type');
  if (type === 'function') return compact({ type: 'function' as const, name: tool.needText('name'), description: tool.text('description'), parameters: tool.json('parameters'), strict: tool.flag('strict') || undefined });
  if (type === 'custom') return compact({ type: 'custom' as const, name: tool.needText('name'), description: tool.text('description'), format: tool.json('format') });
  return { type: 'builtin', dialect: 'responses', value: tool.value };
}

function readChoice(body: Fields): ToolChoice | undefined {
  const choice = body.get('tool_choice');
  if (choice === undefined) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice };
  const named = body.fields('tool_choice') as Fields;
  switch (named.needText('type')) {
    case 'function':
      return { mode: 'tool', name: named.needText('name') };
    case 'custom':
      return { mode: 'tool', name: named.needText('name'), custom: true };
    case 'allowed_tools':
      return { mode: named.text('mode') === 'required' ? 'required' : 'auto', allowed: named.items('tools').map((tool) => tool.needText('name')) };
    default:
      return named.unknown('type');
  }
}

function readFormat(format: Fields | undefined): OutputFormat | undefined {
  if (!format) return undefined;
  const type = format.needText('type');
  if (type === 'text') return { type };
  if (type === 'json_object') return { type: 'json' };
  if (type !== 'json_schema') return format.unknown('type');
  return compact({ type: 'json_schema' as const, name: format.text('name'), description: format.text('description'), schema: format.json('schema') ?? {}, strict: format.flag('strict') });
}
