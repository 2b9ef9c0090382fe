import type { Usage } from '../usage';
import type { Citation, MediaSource, Part, Signature } from './content';

export const FINISH_REASONS = ['stop', 'stop_sequence', 'length', 'context_length', 'tool_calls', 'content_filter', 'refusal', 'pause', 'error'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** {@link Usage} with the parts that only the wire tells apart. Audio is part of input and of output; a cache write for an hour part of the cache writes. */
export interface CanonicalUsage extends Usage {
  readonly audioInputTokens: number;
  readonly audioOutputTokens: number;
  readonly longCacheWriteTokens: number;
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[] | null;
  readonly top?: readonly TokenLogprob[];
}

export interface CanonicalChoice {
  readonly parts: readonly Part[];
  readonly finish: FinishReason;
  readonly stopSequence?: string;
  readonly logprobs?: readonly TokenLogprob[];
}

/** A whole answer, free of any dialect. */
export interface CanonicalAnswer {
  readonly id: string;
  readonly model: string;
  /** Unix seconds; absent where the provider does not tell. */
  readonly createdUnix?: number;
  readonly choices: readonly CanonicalChoice[];
  /** Null where the provider told none. */
  readonly usage: CanonicalUsage | null;
  readonly serviceTier?: string;
}

/**
 * One step of a streamed answer. Texts are what is added. `block` numbers the block of a choice that a text or a thought belongs to, so that
 * two in a row are kept apart; `index` numbers tool calls within a choice.
 */
export type CanonicalChunk =
  | { readonly type: 'start'; readonly id: string; readonly model: string; readonly createdUnix?: number; readonly serviceTier?: string }
  | { readonly type: 'text'; readonly choice: number; readonly block: number; readonly text: string }
  | { readonly type: 'citation'; readonly choice: number; readonly block: number; readonly citation: Citation }
  | { readonly type: 'refusal'; readonly choice: number; readonly text: string }
  | { readonly type: 'reasoning'; readonly choice: number; readonly block: number; readonly text: string; readonly signature?: Signature; readonly redacted?: boolean; readonly id?: string }
  | { readonly type: 'tool_call'; readonly choice: number; readonly index: number; /** With the first piece of a call. */ readonly id?: string; readonly name?: string; readonly arguments: string; readonly custom?: boolean; readonly signature?: Signature }
  | { readonly type: 'image'; readonly choice: number; readonly source: MediaSource }
  | { readonly type: 'audio'; readonly choice: number; readonly id?: string; readonly data?: string; readonly transcript?: string; readonly expiresAt?: number }
  | { readonly type: 'opaque'; readonly choice: number; readonly dialect: string; readonly value: Readonly<Record<string, unknown>> }
  | { readonly type: 'logprobs'; readonly choice: number; readonly tokens: readonly TokenLogprob[] }
  | { readonly type: 'finish'; readonly choice: number; readonly reason: FinishReason; readonly stopSequence?: string }
  | { readonly type: 'usage'; readonly usage: CanonicalUsage };

/** True where a chunk says something: from it on nothing is tried elsewhere. A start, a usage or an empty text is none. */
export function isContent(chunk: CanonicalChunk): boolean {
  switch (chunk.type) {
    case 'start':
    case 'usage':
    case 'logprobs':
      return false;
    case 'text':
    case 'refusal':
      return chunk.text !== '';
    case 'reasoning':
      return chunk.text !== '' || chunk.redacted === true;
    default:
      return true;
  }
}
