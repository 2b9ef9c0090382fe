/** Where the bytes of an image, a sound or a document are. */
export type MediaSource =
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string }
  /** `data` is base64. */
  | { readonly kind: 'data'; readonly mediaType: string; readonly data: string }
  /** A file that was uploaded to the provider before. */
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'text'; readonly text: string };

/** Where a provider should end what it caches of a prompt. */
export interface CacheMark {
  readonly ttl?: '5m' | '1h';
}

export type ModelFamily = 'openai' | 'anthropic' | 'gemini';

/** A provider's seal on what a model thought: worth something only where it was made. */
export interface Signature {
  readonly by: ModelFamily;
  readonly value: string;
}

/** What a passage of an answer rests on. Offsets count UTF-16 units of the answer's text. */
export type Citation =
  | { readonly type: 'url'; readonly url: string; readonly title?: string; readonly start?: number; readonly end?: number; readonly citedText?: string; readonly encryptedIndex?: string }
  | { readonly type: 'document'; readonly document: number; readonly title?: string; readonly citedText?: string; readonly fileId?: string; readonly unit: 'char' | 'page' | 'block'; readonly from: number; readonly to: number };

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  readonly citations?: readonly Citation[];
  readonly cache?: CacheMark;
}

export interface ImagePart {
  readonly type: 'image';
  readonly source: MediaSource;
  readonly detail?: string;
  readonly cache?: CacheMark;
}

export interface AudioPart {
  readonly type: 'audio';
  readonly source: MediaSource;
  /** Of an answer: what was said, and the name under which the provider keeps it. */
  readonly transcript?: string;
  readonly id?: string;
  /** Unix seconds until which the provider keeps it. */
  readonly expiresAt?: number;
}

export interface VideoPart {
  readonly type: 'video';
  readonly source: MediaSource;
}

/** A document: a PDF, a text. */
export interface FilePart {
  readonly type: 'file';
  readonly source: MediaSource;
  readonly name?: string;
  /** What the caller says of it, beside its content. */
  readonly context?: string;
  readonly citable?: boolean;
  readonly cache?: CacheMark;
}

export interface ToolCallPart {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it, which may not parse; of a custom tool any text. */
  readonly arguments: string;
  readonly custom?: boolean;
  readonly signature?: Signature;
  readonly cache?: CacheMark;
}

export interface ToolResultPart {
  readonly type: 'tool_result';
  readonly callId: string;
  /** The called tool's name, where the dialect tells it or the call is part of the same request. */
  readonly name?: string;
  readonly content: readonly Part[];
  readonly isError?: boolean;
  readonly custom?: boolean;
  readonly cache?: CacheMark;
}

/** What a model thought. With `redacted` the provider shows no text, only what it wants back. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  readonly signature?: Signature;
  readonly redacted?: boolean;
  readonly id?: string;
}

export interface RefusalPart {
  readonly type: 'refusal';
  readonly text: string;
}

/** What only one dialect has (a provider's own search, its sandbox): kept as it is, for that dialect alone. */
export interface OpaquePart {
  readonly type: 'opaque';
  readonly dialect: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export type Part = TextPart | ImagePart | AudioPart | VideoPart | FilePart | ToolCallPart | ToolResultPart | ReasoningPart | RefusalPart | OpaquePart;
