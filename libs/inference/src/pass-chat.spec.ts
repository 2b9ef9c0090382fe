import type { CompletionRequest, Deployment, Principal, Provider } from '@higress/kernel';
import { readChatRequest, scanJson } from '@higress/wire';
import { passChat } from './pass-chat';

const provider = (baseUrl: string): Provider => ({ id: 'p', name: 'p', dialect: 'openai', baseUrl, headers: {}, timeouts: { connectMs: 1, firstTokenMs: 1, wholeAnswerMs: 1, idleMs: 1, totalMs: 1 }, credentials: [] });
const principal = { billing: 'postpaid', channel: 'external', budgeted: false } as Principal;

function sent(body: string, baseUrl: string): string {
  const json = scanJson(Buffer.from(body));
  const request: CompletionRequest = readChatRequest(json);
  const deployment = { id: 'd', provider: provider(baseUrl), upstreamModel: 'm', maxOutputTokens: null } as unknown as Deployment;
  return passChat(json, request, deployment, principal).toString();
}

const MESSAGES = '"messages":[{"role":"user","content":"H\\u0069"}]';

describe('a chat completion that passes', () => {
  it('asks for the usage of its stream, beside what its client wishes of it', () => {
    expect(sent(`{"model":"m", ${MESSAGES},"stream":true}`, 'https://example.com/v1')).toBe(`{"stream_options":{"include_usage":true},"model":"m", ${MESSAGES},"stream":true}`);
    expect(sent(`{"model":"m",${MESSAGES},"stream":true,"stream_options":{"include_obfuscation":false}}`, 'https://example.com/v1')).toContain('"stream_options":{"include_obfuscation":false,"include_usage":true}');
  });

  it('asks nothing of it, and passes no such wish on, where asking is refused', () => {
    expect(sent(`{"model":"m",${MESSAGES},"stream":true}`, 'https://api.mistral.ai/v1')).toBe(`{"model":"m",${MESSAGES},"stream":true}`);
    expect(sent(`{"model":"m","stream_options" : {"include_usage":true},${MESSAGES},"stream":true}`, 'https://api.mistral.ai/v1')).toBe(`{"model":"m",${MESSAGES},"stream":true}`);
  });

  it('is left as it came otherwise', () => {
    const text = `{ "model" : "m",  ${MESSAGES} }`;
    for (const baseUrl of ['https://example.com/v1', 'https://api.mistral.ai/v1']) expect(sent(text, baseUrl)).toBe(text);
  });
});
