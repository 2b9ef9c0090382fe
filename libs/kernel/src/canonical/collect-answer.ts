import type { CanonicalAnswer, CanonicalChunk, CanonicalUsage, FinishReason, TokenLogprob } from './canonical-answer';
import type { Citation, Part, Signature } from './content';

type Growing = { -readonly [K in 'text' | 'arguments' | 'transcript']?: string } & { key: string; part: Part; citations?: Citation[]; signature?: Signature; data?: string };

interface GrowingChoice {
  readonly parts: Growing[];
  readonly logprobs: TokenLogprob[];
  finish?: FinishReason;
  stopSequence?: string;
}

/** Puts a streamed answer together again. Null where no choice ever finished or said anything. */
export function collectAnswer(chunks: Iterable<CanonicalChunk>): CanonicalAnswer | null {
  const choices: GrowingChoice[] = [];
  let start: Extract<CanonicalChunk, { type: 'start' }> | undefined;
  let usage: CanonicalUsage | null = null;
  for (const chunk of chunks) {
    if (chunk.type === 'start') start ??= chunk;
    else if (chunk.type === 'usage') usage = chunk.usage;
    else grow((choices[chunk.choice] ??= { parts: [], logprobs: [] }), chunk);
  }
  if (choices.length === 0) return null;
  return {
    id: start?.id ?? '',
    model: start?.model ?? '',
    createdUnix: start?.createdUnix,
    serviceTier: start?.serviceTier,
    usage,
    choices: Array.from(choices, (choice) => ({
      parts: (choice?.parts ?? []).map(finished),
      finish: choice?.finish ?? 'stop',
      stopSequence: choice?.stopSequence,
      ...(choice?.logprobs.length ? { logprobs: choice.logprobs } : {}),
    })),
  };
}

type ChoiceChunk = Exclude<CanonicalChunk, { type: 'start' | 'usage' }>;

function grow(choice: GrowingChoice, chunk: ChoiceChunk): void {
  switch (chunk.type) {
    case 'text': {
      if (chunk.text === '' && !find(choice, `text ${chunk.block}`)) return;
      const part = partOf(choice, `text ${chunk.block}`, { type: 'text', text: '' });
      part.text = (part.text ?? '') + chunk.text;
      return;
    }
    case 'citation': {
      const part = partOf(choice, `text ${chunk.block}`, { type: 'text', text: '' });
      (part.citations ??= []).push(chunk.citation);
      return;
    }
    case 'refusal': {
      const part = partOf(choice, 'refusal', { type: 'refusal', text: '' });
      part.text = (part.text ?? '') + chunk.text;
      return;
    }
    case 'reasoning': {
      const part = partOf(choice, `reasoning ${chunk.block}`, { type: 'reasoning', text: '', ...(chunk.redacted ? { redacted: true } : {}), ...(chunk.id ? { id: chunk.id } : {}) });
      part.text = (part.text ?? '') + chunk.text;
      part.signature = chunk.signature ?? part.signature;
      return;
    }
    case 'tool_call': {
      const part = partOf(choice, `tool ${chunk.index}`, { type: 'tool_call', id: chunk.id ?? '', name: chunk.name ?? '', arguments: '', ...(chunk.custom ? { custom: true } : {}) });
      part.arguments = (part.arguments ?? '') + chunk.arguments;
      part.signature = chunk.signature ?? part.signature;
      return;
    }
    case 'audio': {
      const part = partOf(choice, 'audio', { type: 'audio', source: { kind: 'data', mediaType: '', data: '' } });
      part.data = (part.data ?? '') + (chunk.data ?? '');
      part.transcript = (part.transcript ?? '') + (chunk.transcript ?? '');
      part.part = { ...part.part, ...(chunk.id ? { id: chunk.id } : {}), ...(chunk.expiresAt ? { expiresAt: chunk.expiresAt } : {}) } as Part;
      return;
    }
    case 'image':
      choice.parts.push({ key: '', part: { type: 'image', source: chunk.source } });
      return;
    case 'opaque':
      choice.parts.push({ key: '', part: { type: 'opaque', dialect: chunk.dialect, value: chunk.value } });
      return;
    case 'logprobs':
      choice.logprobs.push(...chunk.tokens);
      return;
    case 'finish':
      choice.finish = chunk.reason;
      choice.stopSequence = chunk.stopSequence;
  }
}

function find(choice: GrowingChoice, key: string): Growing | undefined {
  return choice.parts.find((part) => part.key === key);
}

function partOf(choice: GrowingChoice, key: string, first: Part): Growing {
  const known = find(choice, key);
  if (known) return known;
  const part: Growing = { key, part: first };
  choice.parts.push(part);
  return part;
}

function finished({ part, text, arguments: args, citations, signature, data, transcript }: Growing): Part {
  switch (part.type) {
    case 'text':
      return { ...part, text: text ?? '', ...(citations ? { citations } : {}) };
    case 'refusal':
      return { ...part, text: text ?? '' };
    case 'reasoning':
      return { ...part, text: text ?? '', ...(signature ? { signature } : {}) };
    case 'tool_call':
      return { ...part, arguments: args ?? '', ...(signature ? { signature } : {}) };
    case 'audio':
      return { ...part, source: { kind: 'data', mediaType: '', data: data ?? '' }, ...(transcript ? { transcript } : {}) };
    default:
      return part;
  }
}
