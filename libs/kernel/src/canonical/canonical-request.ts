import type { CacheMark, Part } from './content';

/** The forms in which clients ask. `openai` is Chat Completions. */
export const CLIENT_DIALECTS = ['openai', 'responses', 'anthropic', 'gemini'] as const;
export type ClientDialect = (typeof CLIENT_DIALECTS)[number];

/** Results of tools stand in user messages, as parts. */
export interface CanonicalMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant';
  readonly parts: readonly Part[];
  readonly name?: string;
}

export interface FunctionTool {
  readonly type: 'function';
  readonly name: string;
  readonly description?: string;
  /** A JSON Schema; absent where the function takes nothing. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly strict?: boolean;
  readonly cache?: CacheMark;
}

/** A tool that takes free text, perhaps bound by a grammar. */
export interface CustomTool {
  readonly type: 'custom';
  readonly name: string;
  readonly description?: string;
  readonly format?: Readonly<Record<string, unknown>>;
}

/** A tool that the provider runs by itself, as its own dialect spells it. */
export interface BuiltInTool {
  readonly type: 'builtin';
  readonly dialect: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export type CanonicalTool = FunctionTool | CustomTool | BuiltInTool;

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required'; /** Only these may be called. */ readonly allowed?: readonly string[] }
  | { readonly mode: 'tool'; readonly name: string; readonly custom?: boolean };

export type OutputFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | { readonly type: 'json_schema'; readonly name?: string; readonly description?: string; readonly schema: Readonly<Record<string, unknown>>; readonly strict?: boolean };

/** How much a model should think first. `effort` is a level's name, `budgetTokens` a bound; 0 switches it off. */
export interface ReasoningWish {
  readonly effort?: string;
  readonly budgetTokens?: number;
  /** True where the model decides by itself how long. */
  readonly adaptive?: boolean;
  /** Whether its thoughts are to be shown, and how (`auto`, `concise`, `detailed`). */
  readonly summary?: string;
}

/** A request for a completion, free of any dialect. What was not asked for is absent. */
export interface CanonicalRequest {
  readonly dialect: ClientDialect;
  readonly model: string;
  readonly stream: boolean;
  /** True where the client asked for the usage at the end of a stream, or its dialect always tells it. */
  readonly includeUsage: boolean;
  readonly messages: readonly CanonicalMessage[];
  readonly tools: readonly CanonicalTool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly format?: OutputFormat;
  readonly reasoning?: ReasoningWish;
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** Answers wanted; 1 where absent. */
  readonly choices?: number;
  /** How many alternatives to tell for each token; 0 tells the token's own probability alone. */
  readonly logprobs?: number;
  readonly logitBias?: Readonly<Record<string, number>>;
  readonly modalities?: readonly string[];
  /** The voice and the form of a spoken answer. */
  readonly audio?: Readonly<Record<string, unknown>>;
  readonly verbosity?: string;
  /** Who uses the caller's application, for the provider's abuse reports. */
  readonly user?: string;
  readonly serviceTier?: string;
  /** Members that have no name here, as the client's dialect spells them. */
  readonly extras: Readonly<Record<string, unknown>>;
}
