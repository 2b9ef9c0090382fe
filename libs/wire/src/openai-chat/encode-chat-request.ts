import type { CanonicalRequest, CanonicalTool, OutputFormat, ToolChoice } from '@higress/kernel';
import type { EncodeTarget } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { extrasFor } from '../canonical/hints';
import { compact } from '../canonical/loose';
import { effortOf } from '../canonical/reasoning-effort';
import { cacheField } from './chat-content';
import type { ChatQuirks } from './chat-quirks';
import { writeChatMessages } from './encode-chat-messages';

/** A request in OpenAI's form, as far as the provider's quirks allow. */
export function encodeChatRequest(request: CanonicalRequest, target: EncodeTarget, quirks: ChatQuirks): Json {
  const { loss } = target;
  const unless = <T>(able: boolean, name: string, value: T | undefined): T | undefined => {
    if (value === undefined || able) return value;
    loss.param(name);
    return undefined;
  };
  const tools = request.tools.flatMap((tool) => writeTool(tool, quirks, target));
  const bound = request.maxOutputTokens ?? target.maxOutputTokens;
  return compact<Record<string, unknown>>({
    ...extrasFor(request, request.dialect === 'openai', loss),
    model: target.model,
    messages: writeChatMessages(request.messages, quirks, loss),
    stream: request.stream || undefined,
    stream_options: request.stream && quirks.streamOptions ? { include_usage: true } : undefined,
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: tools.length > 0 && request.toolChoice ? writeChoice(request.toolChoice) : undefined,
    parallel_tool_calls: tools.length > 0 ? unless(quirks.parallelToolCalls, 'parallel_tool_calls', request.parallelToolCalls) : undefined,
    response_format: writeFormat(request.format, quirks, target),
    ...writeReasoning(request, quirks, target),
    [quirks.outputBound]: bound,
    temperature: request.temperature,
    top_p: request.topP,
    top_k: unless(quirks.topK, 'top_k', request.topK),
    frequency_penalty: unless(quirks.penalties, 'frequency_penalty', request.frequencyPenalty),
    presence_penalty: unless(quirks.penalties, 'presence_penalty', request.presencePenalty),
    [quirks.seedField]: unless(quirks.seed, 'seed', request.seed),
    stop: request.stop,
    n: unless(quirks.choices || request.choices === 1, 'n', request.choices),
    logprobs: unless(quirks.logprobs, 'logprobs', request.logprobs) === undefined ? undefined : true,
    top_logprobs: quirks.logprobs ? request.logprobs || undefined : undefined,
    logit_bias: unless(quirks.logitBias, 'logit_bias', request.logitBias),
    modalities: unless(quirks.audio || request.modalities?.join() === 'text', 'modalities', request.modalities),
    audio: unless(quirks.audio, 'audio', request.audio),
    verbosity: quirks.verbosity ? request.verbosity : hinted(request.verbosity, 'verbosity', target),
    user: quirks.user ? request.user : hinted(request.user, 'user', target),
    service_tier: request.dialect === 'openai' && quirks.serviceTier ? request.serviceTier : hinted(request.serviceTier, 'service_tier', target),
  });
}

function hinted(value: unknown, name: string, { loss }: EncodeTarget): undefined {
  if (value !== undefined) loss.hint(name);
}

function writeTool(tool: CanonicalTool, quirks: ChatQuirks, { loss }: EncodeTarget): Json[] {
  if (tool.type === 'builtin') {
    if (tool.dialect === 'openai' && quirks.builtInTools) return [tool.value];
    loss.param('tools', `holds a tool (${String(tool.value.type ?? Object.keys(tool.value)[0])}) that this provider does not run`);
    return [];
  }
  if (tool.type === 'custom') {
    if (quirks.customTools) return [{ type: 'custom', custom: compact({ name: tool.name, description: tool.description, format: tool.format }) }];
    return [{ type: 'function', function: customAsFunction(tool.name, tool.description) }];
  }
  const strict = quirks.strictTools ? tool.strict : undefined;
  return [{ type: 'function', function: compact({ name: tool.name, description: tool.description, parameters: tool.parameters, strict }), ...(quirks.cacheMarks ? cacheField(tool.cache) : {}) }];
}

/** A tool of free text, for a provider that only knows functions: its text is the one argument. */
export function customAsFunction(name: string, description: string | undefined): { name: string; description?: string; parameters: Json } {
  return compact({ name, description, parameters: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] } });
}

function writeChoice(choice: ToolChoice): unknown {
  if (choice.mode === 'tool') return choice.custom ? { type: 'custom', custom: { name: choice.name } } : { type: 'function', function: { name: choice.name } };
  if (!choice.allowed) return choice.mode;
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: choice.allowed.map((name) => ({ type: 'function', function: { name } })) } };
}

function writeFormat(format: OutputFormat | undefined, quirks: ChatQuirks, { loss }: EncodeTarget): Json | undefined {
  if (!format) return undefined;
  if (format.type === 'text') return { type: 'text' };
  if (format.type === 'json') return { type: 'json_object' };
  if (!quirks.jsonSchema) {
    loss.param('response_format', 'asks for a JSON schema, which this provider does not take');
    return { type: 'json_object' };
  }
  return { type: 'json_schema', json_schema: compact({ name: format.name ?? 'answer', description: format.description, schema: format.schema, strict: format.strict }) };
}

function writeReasoning({ reasoning }: CanonicalRequest, quirks: ChatQuirks, { loss }: EncodeTarget): Json {
  if (!reasoning) return {};
  if (quirks.thinking && (reasoning.budgetTokens !== undefined || reasoning.adaptive)) return { thinking: compact({ type: reasoning.adaptive ? 'adaptive' : reasoning.budgetTokens === 0 ? 'disabled' : 'enabled', budget_tokens: reasoning.budgetTokens || undefined }), ...(reasoning.effort ? { reasoning_effort: reasoning.effort } : {}) };
  const effort = effortOf(reasoning);
  if (effort === undefined) return {};
  if (quirks.reasoningEffort) return { reasoning_effort: effort };
  // A wish to think is a hint to a provider whose models think or not by themselves.
  loss.hint('reasoning_effort');
  return {};
}
