export interface HeardCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

/** What a client's SDK made of an answer. */
export interface Heard {
  readonly text: string;
  readonly calls: readonly HeardCall[];
  /** Empty where it was told none. */
  readonly thought: string;
  /** Tokens, as the SDK tells them; absent where it tells none. */
  readonly usage?: { readonly input: number; readonly cached: number };
  /** What its user sends back of it in the next turn. */
  readonly history: unknown;
}

export interface Question {
  readonly text: string;
  /** A data URL or an address. */
  readonly image?: string;
  readonly tools?: boolean;
  readonly json?: boolean;
  readonly thinks?: boolean;
  /** The turn before, and what its calls came to. */
  readonly after?: { readonly heard: Heard; readonly results: readonly string[] };
}

export interface Streaming {
  readonly signal?: AbortSignal;
  /** With each piece of text. */
  readonly onText?: () => void;
}

/** An official SDK, used as its guide says. */
export interface SpokenClient {
  readonly name: string;
  /** Whether its users see what a model thought. */
  readonly tellsThoughts: boolean;
  /** Whether what they send back of an answer still has its seals: of one that came whole, and of one that was streamed. */
  readonly keepsSeals: { readonly whole: boolean; readonly streamed: boolean };
  /** The same of the seals on calls, which Gemini's models give. */
  readonly keepsCallSeals: { readonly whole: boolean; readonly streamed: boolean };
  /** False where the SDK fetches an image by itself. */
  readonly sendsAddresses: boolean;
  ask(question: Question): Promise<Heard>;
  stream(question: Question, streaming?: Streaming): Promise<Heard>;
  /** Whether the SDK raised its own error for a status. */
  isTyped(error: unknown, status: 400 | 429): boolean;
}

/** Where the gateway is, the model to ask for, and the key. */
export interface Reach {
  readonly url: string;
  readonly model: string;
  readonly key: string;
}

const CITY = { type: 'object' as const, properties: { city: { type: 'string' as const } } };
export const TOOLS = ['get_weather', 'get_time'].map((name) => ({ name, description: `Says ${name}.`, schema: CITY }));
export const PLACE = { type: 'object' as const, properties: { city: { type: 'string' as const }, degrees: { type: 'integer' as const } }, required: ['city', 'degrees'], additionalProperties: false as const };
export const MAX_TOKENS = 4_000;

/** The two halves of a data URL, or null for an address. */
export function dataOf(image: string): { mediaType: string; data: string } | null {
  const match = /^data:([^;]+);base64,(.*)$/.exec(image);
  return match ? { mediaType: match[1] as string, data: match[2] as string } : null;
}
