import type { CanonicalMessage, CanonicalRequest, CanonicalTool, OutputFormat, Part, ReasoningWish, ToolChoice } from '@higress/kernel';
import { invalid } from '../chat-request';
import { Fields, type Json } from '../canonical/fields';
import { compact } from '../canonical/loose';
import { CallNames, readPart } from './content-parts';
import { toJsonSchema } from './json-schema';

const KNOWN = new Set(['contents', 'systemInstruction', 'system_instruction', 'tools', 'toolConfig', 'tool_config', 'generationConfig', 'generation_config', 'model', 'stream', 'drop_params']);
const KNOWN_CONFIG = new Set([
  'temperature', 'topP', 'topK', 'candidateCount', 'maxOutputTokens', 'stopSequences', 'seed', 'presencePenalty', 'frequencyPenalty', 'responseLogprobs', 'logprobs', 'responseMimeType', 'responseSchema', 'responseJsonSchema', 'responseModalities',
  'thinkingConfig', 'top_p', 'top_k', 'candidate_count', 'max_output_tokens', 'stop_sequences', 'presence_penalty', 'frequency_penalty', 'response_logprobs', 'response_mime_type', 'response_schema', 'response_json_schema', 'response_modalities', 'thinking_config',
]);
const NOTHING = new Fields({});

/** Gemini's generateContent; its path names the model, and whether to stream. Either spelling of names is taken, as Google does. */
export function decodeGenerateRequest(value: Json, path: { readonly model: string; readonly stream: boolean } = { model: String(value.model ?? ''), stream: value.stream === true }): CanonicalRequest {
  const body = new Fields(value);
  const config = body.fields('generationConfig', 'generation_config') ?? NOTHING;
  const topLogprobs = config.count(0, 'logprobs');
  return compact<CanonicalRequest & Record<string, unknown>>({
    dialect: 'gemini',
    model: path.model,
    stream: path.stream,
    includeUsage: true,
    messages: readContents(body),
    tools: body.items('tools').flatMap(readTools),
    toolChoice: readChoice(body.fields('toolConfig', 'tool_config')?.fields('functionCallingConfig', 'function_calling_config')),
    format: readFormat(config),
    reasoning: readWish(config.fields('thinkingConfig', 'thinking_config')),
    maxOutputTokens: config.count(1, 'maxOutputTokens', 'max_output_tokens'),
    temperature: config.number('temperature'),
    topP: config.number('topP', 'top_p'),
    topK: config.number('topK', 'top_k'),
    frequencyPenalty: config.number('frequencyPenalty', 'frequency_penalty'),
    presencePenalty: config.number('presencePenalty', 'presence_penalty'),
    seed: config.number('seed'),
    stop: config.texts('stopSequences', 'stop_sequences'),
    choices: config.count(1, 'candidateCount', 'candidate_count'),
    logprobs: config.flag('responseLogprobs', 'response_logprobs') ? (topLogprobs ?? 0) : undefined,
    modalities: config.texts('responseModalities', 'response_modalities')?.map((modality) => modality.toLowerCase()),
    extras: { ...body.rest(KNOWN), ...Object.fromEntries(Object.entries(config.rest(KNOWN_CONFIG)).map(([name, extra]) => [`generationConfig.${name}`, extra])) },
  });
}

function readContents(body: Fields): CanonicalMessage[] {
  const names = new CallNames();
  const given = body.get('systemInstruction', 'system_instruction');
  const system: Part[] = typeof given === 'string' ? [{ type: 'text', text: given }] : (body.fields('systemInstruction', 'system_instruction')?.items('parts') ?? []).map((part) => readPart(part, names));
  const contents = body.items('contents');
  if (contents.length === 0) throw invalid('contents', 'must be a non-empty array');
  const messages = contents.map((content): CanonicalMessage => {
    const role = content.text('role') ?? 'user';
    if (role !== 'user' && role !== 'model' && role !== 'function') throw invalid(content.at('role'), 'must be user or model');
    return { role: role === 'model' ? 'assistant' : 'user', parts: content.items('parts').map((part) => readPart(part, names)) };
  });
  return system.length > 0 ? [{ role: 'system', parts: system }, ...messages] : messages;
}

function readTools(tool: Fields): CanonicalTool[] {
  const declared = tool.items('functionDeclarations', 'function_declarations').map((given): CanonicalTool => {
    const schema = given.json('parametersJsonSchema', 'parameters_json_schema');
    const own = given.json('parameters');
    return compact({ type: 'function' as const, name: given.needText('name'), description: given.text('description'), parameters: schema ?? (own ? toJsonSchema(own) : undefined) });
  });
  const others = Object.entries(tool.value).filter(([name, value]) => name !== 'functionDeclarations' && name !== 'function_declarations' && value !== null);
  return [...declared, ...others.map(([name, value]): CanonicalTool => ({ type: 'builtin', dialect: 'gemini', value: { [name]: value } }))];
}

function readChoice(config: Fields | undefined): ToolChoice | undefined {
  if (!config) return undefined;
  const names = config.texts('allowedFunctionNames', 'allowed_function_names');
  const mode = config.text('mode')?.toUpperCase() ?? 'AUTO';
  if (mode === 'NONE') return { mode: 'none' };
  const allowed = names && names.length > 0 ? { allowed: names } : {};
  if (mode === 'ANY') return names?.length === 1 ? { mode: 'tool', name: names[0] as string } : { mode: 'required', ...allowed };
  return { mode: 'auto', ...allowed };
}

function readFormat(config: Fields): OutputFormat | undefined {
  const own = config.json('responseSchema', 'response_schema');
  const schema = config.json('responseJsonSchema', 'response_json_schema') ?? (own ? toJsonSchema(own) : undefined);
  if (schema) return { type: 'json_schema', schema };
  const type = config.text('responseMimeType', 'response_mime_type');
  return type === 'application/json' ? { type: 'json' } : type === 'text/plain' ? { type: 'text' } : undefined;
}

function readWish(config: Fields | undefined): ReasoningWish | undefined {
  if (!config) return undefined;
  const budget = config.number('thinkingBudget', 'thinking_budget');
  const shown = config.flag('includeThoughts', 'include_thoughts');
  return compact({ effort: config.text('thinkingLevel', 'thinking_level')?.toLowerCase(), budgetTokens: budget === undefined || budget < 0 ? undefined : budget, adaptive: budget !== undefined && budget < 0 ? true : undefined, summary: shown ? undefined : 'none' });
}
