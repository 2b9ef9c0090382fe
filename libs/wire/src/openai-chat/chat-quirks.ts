/** In what a server of OpenAI's form differs from OpenAI itself. What it cannot do is refused, or dropped where the caller allows it. */
export interface ChatQuirks {
  /** The member that bounds an answer's tokens. */
  readonly outputBound: 'max_tokens' | 'max_completion_tokens';
  /** False: a `developer` message is sent as `system`. */
  readonly developerRole: boolean;
  /** False: contents are text alone, and their parts are joined. */
  readonly contentParts: boolean;
  readonly images: boolean;
  readonly audio: boolean;
  readonly files: boolean;
  readonly video: boolean;
  /** Under which member an assistant's earlier thoughts are sent back; null where they are not. */
  readonly thoughtsBack: 'reasoning_content' | 'sealed' | null;
  readonly reasoningEffort: boolean;
  /** Takes `thinking: { type, budget_tokens }`. */
  readonly thinking: boolean;
  readonly jsonSchema: boolean;
  readonly strictTools: boolean;
  readonly customTools: boolean;
  readonly builtInTools: boolean;
  readonly parallelToolCalls: boolean;
  readonly cacheMarks: boolean;
  readonly topK: boolean;
  readonly penalties: boolean;
  readonly seed: boolean;
  readonly seedField: 'seed' | 'random_seed';
  /** False: usage comes at the end of a stream without being asked for, and asking is refused. */
  readonly streamOptions: boolean;
  readonly choices: boolean;
  readonly logprobs: boolean;
  readonly logitBias: boolean;
  readonly verbosity: boolean;
  readonly user: boolean;
  readonly serviceTier: boolean;
}

/** A server that takes all that this form can say: what our own translation to clients is measured by. */
export const ALL_OF_CHAT: ChatQuirks = {
  outputBound: 'max_completion_tokens', developerRole: true, contentParts: true, images: true, audio: true, files: true, video: true, thoughtsBack: 'sealed', reasoningEffort: true, thinking: true, jsonSchema: true, strictTools: true,
  customTools: true, builtInTools: true, parallelToolCalls: true, cacheMarks: true, topK: true, penalties: true, seed: true, seedField: 'seed', streamOptions: true, choices: true, logprobs: true, logitBias: true, verbosity: true, user: true, serviceTier: true,
};

export const OPENAI_QUIRKS: ChatQuirks = { ...ALL_OF_CHAT, video: false, thoughtsBack: null, thinking: false, cacheMarks: false, topK: false };

/** A server of which nothing is known: what nearly all of them take, and nothing newer. */
export const PLAIN_QUIRKS: ChatQuirks = { ...ALL_OF_CHAT, outputBound: 'max_tokens', developerRole: false, thoughtsBack: 'reasoning_content', customTools: false, builtInTools: false, cacheMarks: false, thinking: false, video: false, verbosity: false, serviceTier: false };
