import type { OpenAPIObject } from '@nestjs/swagger';

type Paths = OpenAPIObject['paths'];

const json = (schema: object, example?: object) => ({ content: { 'application/json': { schema, ...(example && { example }) } } });
const answers = { 200: { description: 'As the path’s dialect answers; streamed as server-sent events where that is asked for.' }, default: { description: 'An error in the form of the path’s dialect; docs/errors.md lists the codes.' } };
const chat = {
  type: 'object',
  required: ['model', 'messages'],
  properties: {
    model: { type: 'string', maxLength: 256 },
    messages: { type: 'array', minItems: 1, items: { type: 'object', required: ['role'], properties: { role: { type: 'string' } } } },
    stream: { type: 'boolean', default: false },
    stream_options: { type: 'object', properties: { include_usage: { type: 'boolean' } } },
    max_tokens: { type: 'integer', minimum: 1 },
    max_completion_tokens: { type: 'integer', minimum: 1 },
    n: { type: 'integer', minimum: 1, maximum: 128 },
  },
  additionalProperties: true,
};
const embeddings = { type: 'object', required: ['model', 'input'], properties: { model: { type: 'string', maxLength: 256 }, input: { oneOf: [{ type: 'string' }, { type: 'array' }] } }, additionalProperties: true };

const text = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } }) as const;
const responses = { type: 'object', required: ['model', 'input'], properties: { model: { type: 'string', maxLength: 256 }, input: { oneOf: [{ type: 'string' }, { type: 'array' }] }, stream: { type: 'boolean', default: false } }, additionalProperties: true };
const messages = { type: 'object', required: ['model', 'messages'], properties: { model: { type: 'string', maxLength: 256 }, max_tokens: { type: 'integer', minimum: 1 }, messages: { type: 'array', minItems: 1 }, stream: { type: 'boolean', default: false } }, additionalProperties: true };
const contents = { type: 'object', required: ['contents'], properties: { contents: { type: 'array', minItems: 1 }, generationConfig: { type: 'object' } }, additionalProperties: true };

/** The inference endpoints of both channels. Members beyond those named here go to the provider as they are. */
export function inferencePaths(): Paths {
  const paths: Paths = {};
  for (const [prefix, security, tag] of [['/v1', 'key', 'inference'], ['/internal/v1', 'token', 'inference, internal']] as const) {
    const about = (summary: string) => ({ tags: [tag], security: [{ [security]: [] }], summary, responses: answers });
    paths[`${prefix}/chat/completions`] = { post: { ...about('Chat completion, whole or streamed'), requestBody: { required: true, ...json(chat, { model: 'demo', messages: [{ role: 'user', content: 'Hello' }] }) } } };
    paths[`${prefix}/responses`] = { post: { ...about('Response, whole or streamed'), requestBody: { required: true, ...json(responses, { model: 'demo', input: 'Hello' }) } } };
    paths[`${prefix}/messages`] = { post: { ...about('Anthropic’s message, whole or streamed'), requestBody: { required: true, ...json(messages, { model: 'demo', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] }) } } };
    paths[`${prefix}/messages/count_tokens`] = { post: { ...about('The tokens of a prompt, counted without asking a provider'), requestBody: { required: true, ...json(messages) } } };
    for (const method of ['generateContent', 'streamGenerateContent', 'countTokens']) {
      paths[`${prefix}beta/models/{model}:${method}`] = { post: { ...about(`Gemini’s ${method}`), parameters: [text('model')], requestBody: { required: true, ...json(contents, { contents: [{ parts: [{ text: 'Hello' }] }] }) } } };
    }
    paths[`${prefix}/embeddings`] = { post: { ...about('Embeddings'), requestBody: { required: true, ...json(embeddings, { model: 'demo', input: 'Hello' }) } } };
    paths[`${prefix}/models`] = { get: about('The models that this caller may use') };
    paths[`${prefix}/models/{model}`] = { get: { ...about('One model'), parameters: [text('model')] } };
  }
  return paths;
}
