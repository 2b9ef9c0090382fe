import type { Provider, ProviderDialect } from '@higress/kernel';
import { CLIENT_CODECS, Loss, PASSING_CODECS, chatProvider, type ProviderCodec } from '@higress/wire';
import { KNOWN_SERVERS } from './openai/known-servers';
import { registry } from './registry';

/** What becomes of a wish: it is passed on, dropped and named as a mere hint, or refused unless the caller lets it be dropped. */
export type Carried = 'yes' | 'dropped' | 'refused';

export interface CompatibilityRow {
  readonly name: string;
  /** In the order of {@link FEATURES}. */
  readonly carried: readonly Carried[];
}

const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };

/** What a user may care about, each with a request that asks for it. */
export const FEATURES: readonly { readonly name: string; readonly asks: Readonly<Record<string, unknown>> }[] = [
  { name: 'system and developer messages', asks: { messages: [{ role: 'system', content: 'a' }, { role: 'developer', content: 'b' }, { role: 'user', content: 'c' }] } },
  { name: 'images as data', asks: user({ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }) },
  { name: 'images by URL', asks: user({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }) },
  { name: 'audio', asks: user({ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }) },
  { name: 'PDF files', asks: user({ type: 'file', file: { file_data: 'data:application/pdf;base64,AA==' } }) },
  { name: 'video', asks: user({ type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } }) },
  { name: 'tools', asks: { tools: [tool], tool_choice: 'required' } },
  { name: 'one call at a time', asks: { tools: [tool], parallel_tool_calls: false } },
  { name: 'tools of free text', asks: { tools: [{ type: 'custom', custom: { name: 'c' } }] } },
  { name: 'JSON', asks: { response_format: { type: 'json_object' } } },
  { name: 'JSON by schema', asks: { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } } } },
  { name: 'effort of reasoning', asks: { reasoning_effort: 'low', max_tokens: 4096 } },
  { name: 'budget of reasoning', asks: { thinking: { type: 'enabled', budget_tokens: 2048 }, max_tokens: 4096 } },
  { name: 'stop sequences', asks: { stop: ['a'] } },
  { name: 'temperature, top_p', asks: { temperature: 0.5, top_p: 0.5 } },
  { name: 'top_k', asks: { top_k: 5 } },
  { name: 'penalties', asks: { frequency_penalty: 0.5, presence_penalty: 0.5 } },
  { name: 'seed', asks: { seed: 1 } },
  { name: 'several answers', asks: { n: 2 } },
  { name: 'logprobs', asks: { logprobs: true, top_logprobs: 2 } },
  { name: 'logit_bias', asks: { logit_bias: { 1: 1 } } },
  { name: 'user', asks: { user: 'u' } },
];

function carried(codec: ProviderCodec, asks: Readonly<Record<string, unknown>>): Carried {
  const request = CLIENT_CODECS.openai.decodeRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...asks });
  const loss = new Loss('openai', 'it', false);
  try {
    codec.encodeRequest(request, { model: 'm', loss });
  } catch {
    return 'refused';
  }
  return loss.dropped.length > 0 ? 'dropped' : 'yes';
}

const row = (name: string, codec: ProviderCodec): CompatibilityRow => ({ name, carried: FEATURES.map(({ asks }) => carried(codec, asks)) });

/** What each provider can be asked, found by asking its translator. */
export function providerCompatibility(): CompatibilityRow[] {
  const at = (dialect: ProviderDialect): Provider => ({ id: '', name: '', dialect, baseUrl: 'https://example.com/openai/v1', headers: {}, timeouts: { connectMs: 0, firstTokenMs: 0, wholeAnswerMs: 0, idleMs: 0, totalMs: 0 }, credentials: [] });
  const own = (['anthropic', 'gemini', 'vertex', 'bedrock', 'azure-openai', 'cohere'] as const).map((dialect) => row(dialect, registry[dialect].codec(at(dialect))));
  return [...own, ...KNOWN_SERVERS.map(({ name, quirks }) => row(name, chatProvider(quirks)))];
}

/** What the clients of each dialect can say at all. */
export function dialectCompatibility(): CompatibilityRow[] {
  return [row('OpenAI Chat Completions', PASSING_CODECS.openai), row('OpenAI Responses', PASSING_CODECS.responses), row('Anthropic Messages', PASSING_CODECS.anthropic), row('Gemini generateContent', PASSING_CODECS.gemini)];
}
