import type { CanonicalMessage, CanonicalRequest, CanonicalTool, OutputFormat, Part } from '@higress/kernel';
import { customAsFunction } from '../openai-chat/encode-chat-request';
import type { EncodeTarget } from '../canonical/dialect-codec';
import type { Json } from '../canonical/fields';
import { extrasFor } from '../canonical/hints';
import type { Loss } from '../canonical/loss';
import { compact } from '../canonical/loose';
import { budgetOf } from '../canonical/reasoning-effort';
import { refuseAll } from '../canonical/refuse-all';
import { writePart } from './content-parts';

/** Models that are told a level of thinking, and that refuse calls in a conversation which came without their seal. */
const LEVELLED = /gemini-(?:[3-9]|\d\d)/;
/** What Google's guide gives for calls that another model made. */
const NO_SEAL = 'skip_thought_signature_validator';

/** In what one who speaks Gemini's form differs from another. */
export interface GenerateQuirks {
  readonly fileNames: boolean;
}

interface Target extends EncodeTarget {
  readonly quirks: GenerateQuirks;
}

/** A request in Gemini's form; the path names the model, and whether to stream. */
export function encodeGenerateRequest(request: CanonicalRequest, to: EncodeTarget, quirks: GenerateQuirks): Json {
  const target: Target = { ...to, quirks };
  const { loss } = target;
  refuseAll(loss, { logit_bias: request.logitBias, audio: request.audio, parallel_tool_calls: request.parallelToolCalls === false ? false : undefined });
  for (const [name, value] of Object.entries({ user: request.user, verbosity: request.verbosity, service_tier: request.serviceTier })) if (value !== undefined) loss.hint(name);
  const { config, others } = splitExtras(extrasFor(request, request.dialect === 'gemini', loss));
  const generationConfig = { ...config, ...writeConfig(request, target) };
  const tools = writeTools(request.tools, loss);
  const system = request.messages.filter(isSystem).flatMap(({ parts }) => parts.flatMap((part) => writeOne(part, target)));
  return compact<Record<string, unknown>>({
    ...others,
    systemInstruction: system.length > 0 ? { parts: system } : undefined,
    contents: writeContents(request.messages, target),
    tools: tools.length > 0 ? tools : undefined,
    toolConfig: writeChoice(request),
    generationConfig: Object.keys(generationConfig).length > 0 ? generationConfig : undefined,
  });
}

const isSystem = ({ role }: CanonicalMessage) => role === 'system' || role === 'developer';

function splitExtras(extras: Json): { config: Json; others: Json } {
  const prefix = 'generationConfig.';
  const entries = Object.entries(extras);
  return {
    config: Object.fromEntries(entries.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value])),
    others: Object.fromEntries(entries.filter(([name]) => !name.startsWith(prefix))),
  };
}

function writeConfig(request: CanonicalRequest, target: EncodeTarget): Json {
  return compact({
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    candidateCount: request.choices,
    maxOutputTokens: request.maxOutputTokens ?? target.maxOutputTokens,
    stopSequences: request.stop,
    seed: request.seed,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    responseLogprobs: request.logprobs === undefined ? undefined : true,
    logprobs: request.logprobs || undefined,
    responseModalities: request.modalities?.map((modality) => modality.toUpperCase()),
    thinkingConfig: writeWish(request, target.model),
    ...writeFormat(request.format),
  });
}

function writeFormat(format: OutputFormat | undefined): Json {
  if (!format) return {};
  if (format.type === 'text') return { responseMimeType: 'text/plain' };
  return format.type === 'json' ? { responseMimeType: 'application/json' } : { responseMimeType: 'application/json', responseJsonSchema: format.schema };
}

function writeWish({ reasoning }: CanonicalRequest, model: string): Json | undefined {
  if (!reasoning) return undefined;
  const shown = reasoning.summary === 'none' || reasoning.summary === 'omitted' || reasoning.budgetTokens === 0 || reasoning.effort === 'none' ? {} : { includeThoughts: true };
  if (reasoning.adaptive && reasoning.effort === undefined) return { thinkingBudget: -1, ...shown };
  if (reasoning.effort !== undefined && LEVELLED.test(model)) return { thinkingLevel: levelOf(reasoning.effort), ...shown };
  const budget = budgetOf(reasoning);
  return compact({ thinkingBudget: budget, ...shown });
}

function levelOf(effort: string): string {
  return ({ none: 'minimal', xhigh: 'high', max: 'high' }[effort] ?? effort).toUpperCase();
}

/** Neighbours of one role become one content, as the model sees turns. */
function writeContents(messages: readonly CanonicalMessage[], target: Target): Json[] {
  const contents: { role: string; parts: Json[] }[] = [];
  for (const message of messages) {
    if (isSystem(message)) continue;
    if (message.name) target.loss.hint('messages.name');
    const role = message.role === 'assistant' ? 'model' : 'user';
    const parts = sealed(message.parts, target.model).flatMap((part) => writeOne(part, target));
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }
  return contents.filter(({ parts }) => parts.length > 0);
}

/** The first call of a turn needs a seal where the model checks it. */
function sealed(parts: readonly Part[], model: string): readonly Part[] {
  const first = parts.findIndex(({ type }) => type === 'tool_call');
  const call = parts[first];
  if (call?.type !== 'tool_call' || call.signature?.by === 'gemini' || !LEVELLED.test(model)) return parts;
  return parts.with(first, { ...call, signature: { by: 'gemini', value: NO_SEAL } });
}

function writeOne(part: Part, { loss, quirks }: Pick<Target, 'loss' | 'quirks'>): Json[] {
  if (part.type === 'text' && part.text === '') return [];
  // What another model thought is not this one's to continue.
  if (part.type === 'reasoning' && part.signature?.by !== 'gemini') return [];
  if (part.type === 'opaque' && part.dialect !== 'gemini') {
    loss.hint(`messages.${String(part.value.type ?? 'opaque')}`);
    return [];
  }
  if (part.type === 'file' && part.name !== undefined && !quirks.fileNames) {
    loss.hint('messages.filename');
    return writeOne({ ...part, name: undefined }, { loss, quirks });
  }
  const own = part.type === 'tool_call' && part.signature?.by !== 'gemini' ? { ...part, signature: undefined } : part;
  const written = writePart(own);
  const shown = part.type === 'tool_result' ? part.content.filter((item) => item.type !== 'text') : [];
  return [written, ...shown.map(writePart)].filter((one) => one !== undefined);
}

function writeTools(tools: readonly CanonicalTool[], loss: Loss): Json[] {
  const declared: Json[] = [];
  const builtIn: Json[] = [];
  for (const tool of tools) {
    if (tool.type === 'function') declared.push(compact({ name: tool.name, description: tool.description, parametersJsonSchema: tool.parameters }));
    else if (tool.type === 'custom') {
      const { name, description, parameters } = customAsFunction(tool.name, tool.description);
      declared.push(compact({ name, description, parametersJsonSchema: parameters }));
    } else if (tool.dialect === 'gemini') builtIn.push(tool.value);
    else loss.param('tools', `holds a tool (${String(tool.value.type)}) that this provider does not run`);
  }
  return declared.length > 0 ? [{ functionDeclarations: declared }, ...builtIn] : builtIn;
}

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const;

function writeChoice({ toolChoice, tools }: CanonicalRequest): Json | undefined {
  if (!toolChoice || tools.length === 0) return undefined;
  if (toolChoice.mode === 'tool') return { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [toolChoice.name] } };
  // Google names the tools that may be called only where one must be: elsewhere it is validated calls.
  const mode = toolChoice.allowed && toolChoice.mode === 'auto' ? 'VALIDATED' : MODES[toolChoice.mode];
  return { functionCallingConfig: { mode, ...(toolChoice.allowed ? { allowedFunctionNames: toolChoice.allowed } : {}) } };
}
