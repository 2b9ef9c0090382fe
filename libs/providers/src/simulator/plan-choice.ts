import type { Behaviour } from './behaviour';
import type { ChatRequest } from './chat-request';
import { hashOf } from './hash';
import { instanceOf } from './instance-of';
import { proseAbout, proseForever } from './prose';
import { tokensOf } from './tokens';

/** One answer as it will be sent: each piece is one token, and a tool's name counts nothing. */
export interface Choice {
  readonly pieces: readonly string[];
  readonly tool: { readonly id: string; readonly name: string } | null;
  readonly finish: 'stop' | 'length' | 'tool_calls';
}

function exactly(tokens: number, seed: number): string[] {
  const pieces: string[] = [];
  for (const sentence of proseForever(seed)) {
    if (pieces.length >= tokens) break;
    pieces.push(...tokensOf(sentence));
  }
  return pieces.slice(0, tokens);
}

function beforeStop(text: string, stops: readonly string[]): string {
  const ends = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

function textFor(request: ChatRequest, behaviour: Behaviour, seed: number): string {
  if (request.format !== 'text') {
    const empty = typeof request.format.schema === 'object' && Object.keys(request.format.schema ?? {}).length === 0;
    return JSON.stringify(empty ? { answer: proseAbout(request.lastUserText, request.toolResult, seed) } : instanceOf(request.format.schema, request.lastUserText));
  }
  return behaviour.echo ? request.lastUserText : proseAbout(request.lastUserText, request.toolResult, seed);
}

/** Decides what the `index`-th answer says. `id` makes the ids of tool calls. */
export function planChoice(request: ChatRequest, behaviour: Behaviour, id: string, index: number): Choice {
  const seed = hashOf(request.lastUserText) + index;
  const { tool, maxTokens } = request;
  const said = () => (behaviour.tokens === null ? tokensOf(beforeStop(textFor(request, behaviour, seed), request.stops)) : exactly(Math.min(behaviour.tokens, maxTokens + 1), seed));
  const all = tool ? tokensOf(JSON.stringify(instanceOf(tool.parameters, request.lastUserText) ?? {})) : said();
  const isCut = all.length > maxTokens;
  return {
    pieces: isCut ? all.slice(0, maxTokens) : all,
    tool: tool && { id: `call_${id}${index}`, name: tool.name },
    finish: isCut ? 'length' : tool ? 'tool_calls' : 'stop',
  };
}
