import type { CanonicalRequest, Part, PromptPictures } from '@higress/kernel';

type Counter = { low: number; other: number };

/** The pictures of chat messages as they came, whatever their place; undefined where there is none. */
export function picturesInMessages(messages: readonly unknown[]): PromptPictures | undefined {
  const counted: Counter = { low: 0, other: 0 };
  for (const message of messages) walk(message, counted);
  return orNothing(counted);
}

/** The pictures of a request in any dialect; undefined where there is none. */
export function picturesIn({ messages }: Pick<CanonicalRequest, 'messages'>): PromptPictures | undefined {
  const counted: Counter = { low: 0, other: 0 };
  for (const { parts } of messages) countParts(parts, counted);
  return orNothing(counted);
}

function walk(value: unknown, counted: Counter): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) walk(item, counted);
    return;
  }
  const { image_url: image, ...others } = value as Record<string, unknown>;
  if (image !== undefined) note((image as { detail?: unknown } | null)?.detail ?? others.detail, counted);
  for (const name in others) walk(others[name], counted);
}

function countParts(parts: readonly Part[], counted: Counter): void {
  for (const part of parts) {
    if (part.type === 'image') note(part.detail, counted);
    else if (part.type === 'tool_result') countParts(part.content, counted);
  }
}

function note(detail: unknown, counted: Counter): void {
  if (detail === 'low') counted.low++;
  else counted.other++;
}

function orNothing(counted: Counter): PromptPictures | undefined {
  return counted.low + counted.other > 0 ? counted : undefined;
}
