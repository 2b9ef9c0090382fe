import type { Behaviour } from './behaviour';
import type { ChatRequest } from './chat-request';
import { planChoice, type Choice } from './plan-choice';
import type { Simulation } from './simulation';
import { refusal, type SimulatedAnswer } from './simulated-answer';
import { usageOf } from './usage-of';
import { wholeBody } from './whole-body';

function messageOf({ tool, pieces }: Choice): Record<string, unknown> {
  const text = pieces.join('');
  const said = { role: 'assistant', content: tool ? null : text, refusal: null, annotations: [] };
  return tool ? { ...said, tool_calls: [{ id: tool.id, type: 'function', function: { name: tool.name, arguments: text } }] } : said;
}

function bodyOf(call: Simulation, request: ChatRequest, behaviour: Behaviour, choices: readonly Choice[], tokens: number): string {
  return JSON.stringify({
    id: `chatcmpl-${call.id}`,
    object: 'chat.completion',
    created: call.createdUnix,
    model: call.model,
    choices: choices.map((choice, index) => ({ index, message: messageOf(choice), logprobs: null, finish_reason: choice.finish })),
    usage: usageOf(request, behaviour, tokens),
    service_tier: 'default',
    system_fingerprint: 'fp_simulator',
  });
}

/** A chat completion that comes whole, once all of its tokens have taken their time. */
export function chatAnswer(call: Simulation, request: ChatRequest, behaviour: Behaviour): SimulatedAnswer {
  if (behaviour.fault?.kind === 'error-midstream') return refusal(500, 'The server had an error while processing your request.', null, behaviour.firstMs);
  const choices = Array.from({ length: request.choices }, (_, index) => planChoice(request, behaviour, call.id, index));
  const tokens = choices.reduce((sum, { pieces }) => sum + pieces.length, 0);
  const longest = Math.max(...choices.map(({ pieces }) => pieces.length));
  const bytes = Buffer.from(bodyOf(call, request, behaviour, choices, tokens));
  return wholeBody(bytes, behaviour.firstMs + longest * behaviour.tokenMs, behaviour.fault);
}
