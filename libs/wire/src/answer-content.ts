interface Choice {
  readonly delta?: Readonly<Record<string, unknown>> | null;
  readonly message?: Readonly<Record<string, unknown>> | null;
  readonly finish_reason?: unknown;
}

function choicesOf(chunk: { readonly choices?: unknown }): Choice[] {
  return Array.isArray(chunk.choices) ? chunk.choices.filter((choice) => typeof choice === 'object' && choice !== null) : [];
}

/** True where a chunk says something or ends: a non-empty delta, a tool call or a finish. A role alone is none. */
export function hasContent(chunk: { readonly choices?: unknown }): boolean {
  return choicesOf(chunk).some(({ delta, finish_reason: finish }) => {
    if (finish !== undefined && finish !== null) return true;
    return Object.entries(delta ?? {}).some(([name, value]) => name !== 'role' && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0));
  });
}

/** The text that a chunk or an answer adds: content, refusal, reasoning, and the names and arguments of tool calls. */
export function contentOf(chunk: { readonly choices?: unknown }): string {
  let text = '';
  for (const choice of choicesOf(chunk)) {
    for (const [name, value] of Object.entries(choice.delta ?? choice.message ?? {})) {
      if (name === 'role') continue;
      if (typeof value === 'string') text += value;
      else if (Array.isArray(value)) for (const part of value) text += partText(part);
      else text += partText({ function: value });
    }
  }
  return text;
}

/** A tool call, or a part of a content that is a list. */
function partText(part: unknown): string {
  const { function: target, text } = (part ?? {}) as { function?: { name?: unknown; arguments?: unknown } | null; text?: unknown };
  return [target?.name, target?.arguments, text].filter((piece) => typeof piece === 'string').join('');
}
