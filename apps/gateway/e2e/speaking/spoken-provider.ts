import type { ProviderDialect } from '@higress/kernel';
import type { ProviderCall, PublishedTypes } from '@higress/testing';

export const SAID = 'Grüße aus 東京 🗼!';
export const THOUGHT = 'Let me look.';
/** What the model calls at once, and the last word after it heard the results. */
export const CALLS = [
  { name: 'get_weather', arguments: { city: '東京' } },
  { name: 'get_time', arguments: {} },
] as const;
export const CONCLUDED = 'It is 21 degrees.';
export const DECIDED = { city: '東京', degrees: 21 };
/** The seal on a thought, which is only worth something to who made it. */
export const SEAL = Buffer.from('seal of a thought').toString('base64');

/** What a request asked, as a provider of any dialect understood it. */
export interface Understood {
  readonly model: string;
  readonly stream: boolean;
  readonly wish: 'text' | 'calls' | 'json' | 'conclusion';
  readonly thinks: boolean;
  /** Data URLs and addresses. */
  readonly images: readonly string[];
  readonly results: readonly string[];
  /** Whether it was shown the seal of what it thought before. */
  readonly hasSeal: boolean;
}

export interface Parts {
  readonly thought: string | null;
  readonly text: string;
  readonly calls: typeof CALLS | readonly [];
}

/** A provider of one dialect: strict in what it takes, and always saying the same. */
export interface SpokenProvider {
  readonly dialect: ProviderDialect;
  /** Behind the address of the server that plays it. */
  readonly base: string;
  readonly model: string;
  readonly credential: string;
  readonly contentType: string;
  /** Whether it tells what it thought, and can be shown it again. */
  readonly tellsThoughts: boolean;
  readonly takesImageUrls: boolean;
  /** What it seals, so that it knows it again. */
  readonly seals: 'thoughts' | 'calls' | null;
  /** As the book must have it. */
  readonly usage: { readonly input: number; readonly cached: number; readonly written: number; readonly output: number; readonly reasoning: number };
  /** Why the real one would refuse the call; null where it would not. */
  faultOf(call: ProviderCall, types: PublishedTypes): string | null;
  understand(call: ProviderCall): Understood;
  whole(parts: Parts): object;
  /** The events of a stream, each one piece. */
  stream(parts: Parts): Buffer[];
  /** What it says where it fails in mid-stream. */
  failure(message: string): Buffer;
  refusal(status: number, message: string): object;
}

export function partsFor({ wish, thinks }: Understood, tellsThoughts: boolean): Parts {
  const thought = thinks && tellsThoughts ? THOUGHT : null;
  switch (wish) {
    case 'calls':
      return { thought, text: SAID, calls: CALLS };
    case 'json':
      return { thought, text: JSON.stringify(DECIDED), calls: [] };
    case 'conclusion':
      return { thought: null, text: CONCLUDED, calls: [] };
    case 'text':
      return { thought, text: SAID, calls: [] };
  }
}

export const sse = (data: unknown, name?: string): Buffer => Buffer.from(`${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`);

/** A text in two, wherever that cuts. */
export const halves = (text: string): [string, string] => [text.slice(0, Math.ceil(text.length / 2)), text.slice(Math.ceil(text.length / 2))];
