import type { CanonicalRequest } from '@higress/kernel';
import { Fields, type Json } from '../canonical/fields';
import { compact } from '../canonical/loose';
import { readChatMessages } from './decode-chat-messages';
import { readFormat, readToolChoice, readTools } from './decode-chat-tools';

const KNOWN = new Set([
  'model', 'messages', 'stream', 'stream_options', 'tools', 'functions', 'tool_choice', 'function_call', 'parallel_tool_calls', 'response_format', 'reasoning_effort', 'thinking', 'max_tokens', 'max_completion_tokens',
  'temperature', 'top_p', 'top_k', 'frequency_penalty', 'presence_penalty', 'seed', 'stop', 'n', 'logprobs', 'top_logprobs', 'logit_bias', 'modalities', 'audio', 'verbosity', 'user', 'service_tier', 'drop_params',
]);

/** OpenAI's Chat Completions, with the members that its users expect of providers beyond OpenAI (`top_k`, `thinking`, `cache_control`). */
export function decodeChatRequest(value: Json): CanonicalRequest {
  const body = new Fields(value);
  const stop = body.get('stop');
  const most = body.count(0, 'top_logprobs');
  const bounds = [body.count(1, 'max_completion_tokens'), body.count(1, 'max_tokens')].filter((bound) => bound !== undefined);
  return compact<CanonicalRequest & Record<string, unknown>>({
    dialect: 'openai',
    model: body.needText('model'),
    stream: body.flag('stream') ?? false,
    includeUsage: body.fields('stream_options')?.flag('include_usage') ?? false,
    messages: readChatMessages(body.items('messages')),
    tools: readTools(body),
    toolChoice: readToolChoice(body),
    parallelToolCalls: body.flag('parallel_tool_calls'),
    format: readFormat(body.fields('response_format')),
    reasoning: readReasoningWish(body),
    maxOutputTokens: bounds.length > 0 ? Math.max(...bounds) : undefined,
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    topK: body.number('top_k'),
    frequencyPenalty: body.number('frequency_penalty'),
    presencePenalty: body.number('presence_penalty'),
    seed: body.number('seed'),
    stop: typeof stop === 'string' ? [stop] : body.texts('stop'),
    choices: body.count(1, 'n'),
    logprobs: body.flag('logprobs') ? (most ?? 0) : undefined,
    logitBias: readBias(body),
    modalities: body.texts('modalities'),
    audio: body.json('audio'),
    verbosity: body.text('verbosity'),
    user: body.text('user'),
    serviceTier: body.text('service_tier'),
    extras: body.rest(KNOWN),
  });
}

/** One that favours nothing is none: some clients always send it. */
function readBias(body: Fields): CanonicalRequest['logitBias'] {
  const bias = body.json('logit_bias') as Record<string, number> | undefined;
  return bias && Object.keys(bias).length > 0 ? bias : undefined;
}

function readReasoningWish(body: Fields): CanonicalRequest['reasoning'] {
  const effort = body.text('reasoning_effort');
  const thinking = body.fields('thinking');
  if (effort === undefined && !thinking) return undefined;
  const budgetTokens = thinking?.text('type') === 'disabled' ? 0 : thinking?.count(0, 'budget_tokens');
  return compact({ effort, budgetTokens, adaptive: thinking?.text('type') === 'adaptive' ? true : undefined });
}
