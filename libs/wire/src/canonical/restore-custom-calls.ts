import type { CanonicalAnswer, CanonicalChunk, CanonicalRequest, Part } from '@higress/kernel';

type CallChunk = Extract<CanonicalChunk, { type: 'tool_call' }>;

function customNames({ tools }: CanonicalRequest): ReadonlySet<string> {
  return new Set(tools.flatMap((tool) => (tool.type === 'custom' ? [tool.name] : [])));
}

/** The text that stood in for the input of a custom tool; what a model wrote instead is passed on as it is. */
function inputOf(text: string): string {
  try {
    const { input } = JSON.parse(text) as { input?: unknown };
    return typeof input === 'string' ? input : text;
  } catch {
    return text;
  }
}

/** Calls of tools that the client declared as custom, and that the provider was told of as functions, are custom calls again. */
export function restoreCustomCalls(answer: CanonicalAnswer, request: CanonicalRequest): CanonicalAnswer {
  const names = customNames(request);
  if (names.size === 0) return answer;
  const restored = (part: Part): Part => (part.type === 'tool_call' && !part.custom && names.has(part.name) ? { ...part, custom: true, arguments: inputOf(part.arguments) } : part);
  return { ...answer, choices: answer.choices.map((choice) => ({ ...choice, parts: choice.parts.map(restored) })) };
}

/** The same for a stream: such a call waits until it is whole, because its text is within the JSON. */
export class CustomCallRestorer {
  private readonly names: ReadonlySet<string>;
  private readonly held = new Map<string, CallChunk>();

  constructor(request: CanonicalRequest) {
    this.names = customNames(request);
  }

  push(chunks: readonly CanonicalChunk[]): readonly CanonicalChunk[] {
    return this.names.size === 0 ? chunks : chunks.flatMap((chunk) => this.step(chunk));
  }

  private step(chunk: CanonicalChunk): CanonicalChunk[] {
    if (chunk.type === 'finish') return [...this.release(), chunk];
    if (chunk.type !== 'tool_call') return [chunk];
    const key = `${chunk.choice} ${chunk.index}`;
    const known = this.held.get(key);
    if (known) this.held.set(key, { ...known, arguments: known.arguments + chunk.arguments });
    else if (!chunk.custom && chunk.name !== undefined && this.names.has(chunk.name)) this.held.set(key, chunk);
    else return [chunk];
    return [];
  }

  private release(): CanonicalChunk[] {
    const calls = [...this.held.values()].map((call) => ({ ...call, custom: true, arguments: inputOf(call.arguments) }));
    this.held.clear();
    return calls;
  }
}
