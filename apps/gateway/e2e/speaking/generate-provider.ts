import type { ProviderCall } from '@higress/testing';
import { CALLS, halves, type Parts, SEAL, type SpokenProvider, sse } from './spoken-provider';

interface Part {
  readonly text?: string;
  readonly thought?: boolean;
  readonly thoughtSignature?: string;
  readonly inlineData?: { readonly mimeType: string; readonly data: string };
  readonly fileData?: { readonly fileUri: string };
  readonly functionCall?: { readonly name: string };
  readonly functionResponse?: { readonly name: string; readonly response: { readonly output?: string } };
}

interface Asked {
  readonly contents: readonly { readonly role?: string; readonly parts: readonly Part[] }[];
  readonly tools?: readonly object[];
  readonly generationConfig?: { readonly responseMimeType?: string; readonly responseJsonSchema?: object; readonly responseSchema?: object; readonly thinkingConfig?: { readonly includeThoughts?: boolean; readonly thinkingBudget?: number; readonly thinkingLevel?: string } };
}

const USAGE = { promptTokenCount: 609, cachedContentTokenCount: 400, candidatesTokenCount: 61, thoughtsTokenCount: 28, totalTokenCount: 698, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 609 }] };
const SKIPPED = 'skip_thought_signature_validator';
const bodyOf = ({ body }: ProviderCall) => body as Asked;

function generate(about: Pick<SpokenProvider, 'dialect' | 'base' | 'credential' | 'model'> & { readonly folder: string; readonly checksSeals: boolean; faultOfKey(call: ProviderCall): string | null }): SpokenProvider {
  const callOf = (call: (typeof CALLS)[number], i: number) => ({ functionCall: { id: `fc-${i}`, name: call.name, args: call.arguments }, ...(i === 0 ? { thoughtSignature: SEAL } : {}) });
  const answer = (parts: readonly object[], more: object, usage: object) => ({ candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }], usageMetadata: usage, modelVersion: about.model, responseId: 'mAgTaeK4B5m' });
  const uncounted = { ...USAGE, candidatesTokenCount: undefined };
  return {
    ...about,
    contentType: 'text/event-stream',
    tellsThoughts: true,
    takesImageUrls: true,
    seals: 'calls',
    usage: { input: 609, cached: 400, written: 0, output: 89, reasoning: 28 },
    faultOf: (call, types) => about.faultOfKey(call) ?? faultOfPath(call, `${about.base}/${about.folder}/${about.model}`) ?? types.faultOf('GenerateRequest', call.body) ?? faultOfTurns(bodyOf(call), about.checksSeals) ?? faultOfWishes(bodyOf(call), about.dialect === 'gemini'),
    understand(call) {
      const { contents, tools, generationConfig: config } = bodyOf(call);
      const parts = contents.flatMap((content) => content.parts);
      const results = parts.flatMap(({ functionResponse }) => functionResponse?.response.output ?? []);
      const thinking = config?.thinkingConfig;
      return {
        model: about.model, stream: call.path.includes(':streamGenerateContent'), results,
        wish: results.length > 0 ? 'conclusion' : config?.responseJsonSchema || config?.responseSchema ? 'json' : tools ? 'calls' : 'text',
        thinks: thinking?.includeThoughts === true && thinking.thinkingBudget !== 0,
        images: parts.flatMap(({ inlineData, fileData }) => (inlineData ? [`data:${inlineData.mimeType};base64,${inlineData.data}`] : (fileData?.fileUri ?? []))),
        hasSeal: parts.some(({ thoughtSignature }) => thoughtSignature === SEAL),
      };
    },
    whole: ({ thought, text, calls }) => answer([...(thought ? [{ text: thought, thought: true }] : []), { text }, ...calls.map(callOf)], { finishReason: 'STOP' }, USAGE),
    stream: ({ thought, text, calls }: Parts) => [
      ...(thought ? halves(thought).map((half) => sse(answer([{ text: half, thought: true }], {}, uncounted))) : []),
      ...halves(text).map((half) => sse(answer([{ text: half }], {}, { ...USAGE, candidatesTokenCount: 5 }))),
      ...(calls.length > 0 ? [sse(answer(calls.map(callOf), {}, { ...USAGE, candidatesTokenCount: 9 }))] : []),
      sse(answer([{ text: '' }], { finishReason: 'STOP' }, USAGE)),
    ],
    failure: (message) => sse({ error: { code: 503, message, status: 'UNAVAILABLE' } }),
    refusal: (status, message) => ({ error: { code: status, message, status: status === 429 ? 'RESOURCE_EXHAUSTED' : 'INVALID_ARGUMENT' } }),
  };
}

function faultOfPath({ path }: ProviderCall, model: string): string | null {
  return path === `${model}:generateContent` || path === `${model}:streamGenerateContent?alt=sse` ? null : `Not found: ${path}`;
}

/** Each turn's calls are answered in the next, all at once; the newest models want the seal of the first of them. */
function faultOfTurns({ contents }: Asked, checksSeals: boolean): string | null {
  let called: string[] = [];
  for (const { role, parts } of contents) {
    if (role !== undefined && role !== 'user' && role !== 'model') return 'Please use a valid role: user, model.';
    if (parts.length === 0) return 'Unable to submit request because it must include at least one parts field';
    if (parts.some((part) => Object.keys(part).every((name) => name === 'thought' || name === 'thoughtSignature'))) return 'required oneof field data must have one initialized field';
    const answered = parts.flatMap(({ functionResponse }) => functionResponse?.name ?? []);
    if (answered.length !== called.length || answered.some((name, i) => name !== called[i])) return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
    const calls = parts.filter(({ functionCall }) => functionCall);
    called = calls.map(({ functionCall }) => functionCall?.name ?? '');
    const seal = calls[0]?.thoughtSignature;
    if (checksSeals && calls.length > 0 && seal !== SEAL && seal !== SKIPPED) return 'Function call is missing a thought_signature in functionCall parts.';
    if (parts.some(({ thoughtSignature }) => thoughtSignature !== undefined && thoughtSignature !== SEAL && thoughtSignature !== SKIPPED)) return 'Thought signature is not valid.';
  }
  return null;
}

function faultOfWishes(asked: Asked, refusesFileNames: boolean): string | null {
  const config = asked.generationConfig;
  if ((config?.responseJsonSchema || config?.responseSchema) && config.responseMimeType !== 'application/json') return 'response schema requires response mime type application/json';
  const thinking = config?.thinkingConfig;
  if (thinking?.thinkingBudget !== undefined && thinking.thinkingLevel !== undefined) return 'You can only set one of thinking budget and thinking level.';
  return refusesFileNames && JSON.stringify(asked.contents).includes('"displayName"') ? 'Invalid JSON payload received. Unknown name "displayName"' : null;
}

export const gemini = generate({
  dialect: 'gemini', base: '/gemini/v1beta', folder: 'models', model: 'gemini-3-pro', credential: 'AIza-of-gemini', checksSeals: true,
  faultOfKey: ({ headers, path }) => (headers['x-goog-api-key'] === 'AIza-of-gemini' && headers.authorization === undefined && !path.includes('key=') ? null : 'API key not valid.'),
});

export const vertex = generate({
  dialect: 'vertex', base: '/v1/projects/p/locations/europe-west4', folder: 'publishers/google/models', model: 'gemini-2.5-flash', credential: 'ya29.of-vertex', checksSeals: false,
  faultOfKey: ({ headers }) => (headers.authorization === 'Bearer ya29.of-vertex' && headers['x-goog-api-key'] === undefined ? null : 'Request had invalid authentication credentials.'),
});
