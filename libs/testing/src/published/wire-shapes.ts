import type Anthropic from '@anthropic-ai/sdk';
import type * as Google from '@google/genai';
import type OpenAI from 'openai';

/** OpenAI’s Chat Completions. */
export type ChatRequest = OpenAI.ChatCompletionCreateParams;
/** The same with what its servers and clients have agreed on beyond it: thoughts that come back, and answers that are sent back as they came, with what an SDK added. */
export type CompatibleRequest = Omit<OpenAI.ChatCompletionCreateParams, 'messages'> & { messages: (OpenAI.ChatCompletionMessageParam & Thoughts & { annotations?: unknown[]; parsed?: null })[]; top_k?: number };
type Thoughts = { reasoning_content?: string; thinking_blocks?: unknown[] };
type Seal = { extra_content?: { google: { thought_signature: string } } };
type Uncounted = Omit<OpenAI.CompletionUsage, 'prompt_tokens_details'> & { prompt_tokens_details: OpenAI.CompletionUsage.PromptTokensDetails & { cache_write_tokens?: number } };
/** With the members that gateways and servers of this form have agreed on beyond it. */
export type ChatAnswer = Omit<OpenAI.ChatCompletion, 'choices' | 'usage'> & {
  choices: (Omit<OpenAI.ChatCompletion.Choice, 'message'> & { stop_reason?: string; message: Omit<OpenAI.ChatCompletionMessage, 'tool_calls'> & Thoughts & { images?: unknown[]; tool_calls?: (OpenAI.ChatCompletionMessageToolCall & Seal)[] } })[];
  usage: Uncounted;
};
type Delta = Omit<OpenAI.ChatCompletionChunk.Choice.Delta, 'tool_calls'> & Thoughts & { images?: unknown[]; audio?: object; annotations?: unknown[]; tool_calls?: (OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall | CustomCall)[] };
type CustomCall = { index: number; id?: string; type?: 'function' | 'custom'; function?: { name?: string; arguments?: string }; custom?: { name?: string; input: string } } & Seal;
export type ChatChunk = Omit<OpenAI.ChatCompletionChunk, 'choices' | 'usage'> & { obfuscation?: string; choices: (Omit<OpenAI.ChatCompletionChunk.Choice, 'delta'> & { delta: Delta; stop_reason?: string })[]; usage?: Uncounted | null };

/** OpenAI’s Responses. */
export type ResponseRequest = Omit<OpenAI.Responses.ResponseCreateParams, 'input'> & { input: string | (OpenAI.Responses.ResponseInputItem | Said | Thought | Heard)[] };
/** Types that stand beside the request’s, and are not reached from it. */
type Heard = { type: 'message'; role: 'user'; content: (OpenAI.Responses.ResponseInputContent | OpenAI.Responses.ResponseInputAudio)[] };
/** What a model said and thought before, as clients that keep no ids send it back. */
type Said = Omit<OpenAI.Responses.ResponseOutputMessage, 'id' | 'status' | 'content'> & { content: (Omit<OpenAI.Responses.ResponseOutputText, 'logprobs'> | OpenAI.Responses.ResponseOutputRefusal)[] };
type Thought = Omit<OpenAI.Responses.ResponseReasoningItem, 'id'>;
/** `output_text` is the SDK’s own; `store` is told by the API and not by its types. */
export type ResponseAnswer = Omit<OpenAI.Responses.Response, 'output_text'> & { store?: boolean };
/** Nothing is counted yet in the response that a stream begins with. */
type Begun = Omit<ResponseAnswer, 'usage'> & { usage?: OpenAI.Responses.ResponseUsage | null };
type Whole<E> = E extends { response: OpenAI.Responses.Response } ? Omit<E, 'response'> & { response: Begun } : E;
/** Beside the bytes that the whole item tells. */
type Logged<E> = E extends { logprobs: unknown[] } ? Omit<E, 'logprobs'> & { logprobs: OpenAI.Responses.ResponseOutputText.Logprob[] } : E;
export type ResponseEvent = Logged<Whole<OpenAI.Responses.ResponseStreamEvent>>;

/** Anthropic’s Messages. The SDK names no more how to sample, which models before Claude 5 are still told. */
export type MessagesRequest = Anthropic.MessageCreateParams & { temperature?: number; top_p?: number; top_k?: number };
export type MessagesAnswer = Anthropic.Message;
/** Where a provider tells its cache writes at the very end, so are a client’s told. */
type MessageDelta = Omit<Anthropic.RawMessageDeltaEvent, 'usage'> & { usage: Anthropic.MessageDeltaUsage & { cache_creation?: Anthropic.CacheCreation } };
export type MessagesEvent = Exclude<Anthropic.RawMessageStreamEvent, { type: 'message_delta' }> | MessageDelta | { type: 'ping' };

/** Gemini’s generateContent. The SDK sends these members beside its own options. */
export type GenerateRequest = {
  contents: Google.Content[];
  systemInstruction?: Google.Content;
  tools?: Google.Tool[];
  toolConfig?: Google.ToolConfig;
  safetySettings?: Google.SafetySetting[];
  generationConfig?: Google.GenerationConfig;
  cachedContent?: string;
  labels?: Record<string, string>;
};
export type GenerateAnswer = Google.GenerateContentResponse;

/** Bedrock’s Converse, after AWS’s reference of its API: its SDK is not among our packages. */
export type ConverseRequest = {
  messages: { role: 'user' | 'assistant'; content: ConverseBlock[] }[];
  system?: ({ text: string } | CachePoint)[];
  inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
  toolConfig?: { tools: ({ toolSpec: { name: string; description?: string; inputSchema: { json: object }; strict?: boolean } } | CachePoint)[]; toolChoice?: { auto: object } | { any: object } | { tool: { name: string } } };
  outputConfig?: { textFormat: { type: 'json_schema'; structure: { jsonSchema: { schema: string; name?: string; description?: string } } } };
  additionalModelRequestFields?: object;
};
type CachePoint = { cachePoint: { type: 'default'; ttl?: '5m' | '1h' } };
type ConverseImage = { image: { format: 'png' | 'jpeg' | 'gif' | 'webp'; source: { bytes: string } } };
type ConverseDocument = { document: { format: 'pdf' | 'csv' | 'doc' | 'docx' | 'xls' | 'xlsx' | 'html' | 'txt' | 'md'; name: string; source: { bytes: string } } };
type ConverseBlock =
  | { text: string }
  | ConverseImage
  | ConverseDocument
  | CachePoint
  | { toolUse: { toolUseId: string; name: string; input: object } }
  | { toolResult: { toolUseId: string; content: ({ text: string } | { json: object } | ConverseImage | ConverseDocument)[]; status?: 'success' | 'error' } }
  | { reasoningContent: { reasoningText: { text: string; signature?: string } } | { redactedContent: string } };
