import type { CanonicalTool, OutputFormat, ToolChoice } from '@higress/kernel';
import { type Fields } from '../canonical/fields';
import { compact } from '../canonical/loose';
import { readCacheMark } from './chat-content';

function readFunction(given: Fields, tool: Fields): CanonicalTool {
  return compact({ type: 'function' as const, name: given.needText('name'), description: given.text('description'), parameters: given.json('parameters'), strict: given.flag('strict'), cache: readCacheMark(tool) });
}

export function readTools(body: Fields): CanonicalTool[] {
  const tools = body.items('tools').map((tool): CanonicalTool => {
    const type = tool.text('type') ?? 'function';
    if (type === 'function') return readFunction(tool.fields('function') ?? tool.missing('function'), tool);
    if (type !== 'custom') return { type: 'builtin', dialect: 'openai', value: tool.value };
    const custom = tool.fields('custom') ?? tool.missing('custom');
    return compact({ type: 'custom' as const, name: custom.needText('name'), description: custom.text('description'), format: custom.json('format') });
  });
  return [...tools, ...body.items('functions').map((given) => readFunction(given, given))];
}

export function readToolChoice(body: Fields): ToolChoice | undefined {
  const choice = body.get('tool_choice', 'function_call');
  if (choice === undefined) return undefined;
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice };
  if (typeof choice === 'string') return body.unknown('tool_choice');
  const named = body.fields('tool_choice', 'function_call') as Fields;
  const allowed = named.fields('allowed_tools');
  if (allowed) {
    const names = allowed.items('tools').map((tool) => (tool.fields('function') ?? tool.fields('custom') ?? tool).needText('name'));
    return { mode: allowed.text('mode') === 'required' ? 'required' : 'auto', allowed: names };
  }
  const custom = named.fields('custom');
  if (custom) return { mode: 'tool', name: custom.needText('name'), custom: true };
  return { mode: 'tool', name: (named.fields('function') ?? named).needText('name') };
}

export function readFormat(format: Fields | undefined): OutputFormat | undefined {
  if (!format) return undefined;
  const type = format.needText('type');
  if (type === 'text') return { type };
  if (type === 'json_object') return { type: 'json' };
  if (type !== 'json_schema') return format.unknown('type');
  const about = format.fields('json_schema') ?? format.missing('json_schema');
  return compact({ type: 'json_schema' as const, name: about.text('name'), description: about.text('description'), schema: about.json('schema') ?? {}, strict: about.flag('strict') });
}
