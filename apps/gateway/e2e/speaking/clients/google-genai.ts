import { ApiError, type Content, type GenerateContentResponse, GoogleGenAI, type Part } from '@google/genai';
import { dataOf, type Heard, MAX_TOKENS, PLACE, type Question, type Reach, type SpokenClient, TOOLS } from './spoken-client';

function imagePart(image: string): Part {
  const inline = dataOf(image);
  return inline ? { inlineData: { mimeType: inline.mediaType, data: inline.data } } : { fileData: { fileUri: image, mimeType: 'image/png' } };
}

/** The Google Gen AI SDK. It looks for its fetch in a realm that is not Jest's. */
export function googleGenAi({ url, model, key }: Reach): SpokenClient {
  const { models } = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url, fetch } });
  const asked = ({ text, image, tools, json, thinks, after }: Question, signal?: AbortSignal) => ({
    model,
    contents: [
      { role: 'user', parts: [{ text }, ...(image ? [imagePart(image)] : [])] },
      ...(after ? [after.heard.history as Content, { role: 'user', parts: after.heard.calls.map(({ id, name }, i) => ({ functionResponse: { id, name, response: { output: after.results[i] } } })) }] : []),
    ],
    config: {
      systemInstruction: 'Be brief.',
      maxOutputTokens: MAX_TOKENS,
      abortSignal: signal,
      ...(tools ? { tools: [{ functionDeclarations: TOOLS.map(({ name, description, schema }) => ({ name, description, parametersJsonSchema: schema })) }] } : {}),
      ...(json ? { responseMimeType: 'application/json', responseJsonSchema: PLACE } : {}),
      ...(thinks ? { thinkingConfig: { thinkingBudget: 2048, includeThoughts: true } } : {}),
    },
  });
  const heard = (parts: readonly Part[], usage: GenerateContentResponse['usageMetadata']): Heard => ({
    text: parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join(''),
    calls: parts.flatMap(({ functionCall: call }) => (call ? [{ id: call.id ?? '', name: call.name ?? '', arguments: call.args }] : [])),
    thought: parts.map((part) => (part.thought ? (part.text ?? '') : '')).join(''),
    usage: { input: usage?.promptTokenCount ?? 0, cached: usage?.cachedContentTokenCount ?? 0 },
    history: { role: 'model', parts: parts.filter(({ text, thoughtSignature }) => text !== '' || thoughtSignature) },
  });
  return {
    name: 'the Google Gen AI SDK',
    tellsThoughts: true,
    keepsSeals: { whole: true, streamed: true },
    keepsCallSeals: { whole: true, streamed: true },
    sendsAddresses: true,
    async ask(question) {
      const { candidates, usageMetadata } = await models.generateContent(asked(question));
      return heard(candidates?.[0]?.content?.parts ?? [], usageMetadata);
    },
    async stream(question, { signal, onText } = {}) {
      const parts: Part[] = [];
      let usage: GenerateContentResponse['usageMetadata'];
      for await (const { candidates, usageMetadata } of await models.generateContentStream(asked(question, signal))) {
        const added = candidates?.[0]?.content?.parts ?? [];
        parts.push(...added);
        usage = usageMetadata ?? usage;
        if (added.some(({ text, thought }) => text && !thought)) onText?.();
      }
      return heard(parts, usage);
    },
    isTyped: (error, status) => error instanceof ApiError && error.status === status,
  };
}
