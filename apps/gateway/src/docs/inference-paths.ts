import type { OpenAPIObject } from '@nestjs/swagger';

type Paths = OpenAPIObject['paths'];

const json = (schema: object, example?: object) => ({ content: { 'application/json': { schema, ...(example && { example }) } } });
const object = (properties: object, required = Object.keys(properties)) => ({ type: 'object', required, properties, additionalProperties: true });
const string = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const usage = object({ prompt_tokens: count, completion_tokens: count, total_tokens: count }, ['prompt_tokens', 'total_tokens']);
const completion = object({ id: string, object: string, created: count, model: string, choices: { type: 'array', items: { type: 'object', additionalProperties: true } }, usage }, ['id', 'object', 'model', 'choices']);
const aCompletion = {
  id: 'chatcmpl-1', object: 'chat.completion', created: 1_769_860_800, model: 'demo', choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 8, completion_tokens: 2, total_tokens: 10 },
};
const vectors = object({ object: string, model: string, data: { type: 'array', items: object({ object: string, index: count, embedding: { type: 'array', items: { type: 'number' } } }) }, usage }, ['object', 'model', 'data']);
const someVectors = { object: 'list', model: 'demo', data: [{ object: 'embedding', index: 0, embedding: [0.125, -0.25] }], usage: { prompt_tokens: 1, total_tokens: 1 } };
const model = object({ id: string, object: string, created: count, owned_by: string });
const aModel = { id: 'demo', object: 'model', created: 1_769_860_800, owned_by: 'gateway' };
const models = object({ object: string, data: { type: 'array', items: model } });
/** Of a dialect whose owner describes it. */
const anyAnswer = { type: 'object', additionalProperties: true };
const failure = object({ error: object({ message: string, type: string, param: { type: ['string', 'null'] }, code: string, gateway_code: string, trace_id: string, source: { type: 'string', enum: ['gateway', 'upstream', 'client'] } }, ['message', 'type', 'param', 'code', 'trace_id', 'source']) });
const aFailure = { error: { message: 'Too many requests per minute.', type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded', gateway_code: 'RATE_LIMIT_RPM', trace_id: '0194f3b2-6c1e-7a40-8d3b-5e9f1a2b3c4d', source: 'client' } };
/** What one may ask beside the body; docs/answers-again.md. */
const headers = [
  { name: 'Idempotency-Key', schema: { type: 'string', minLength: 1, maxLength: 255 }, description: 'The same request under the same key is charged once, and gets the first finished answer again for 24 hours.' },
  { name: 'x-cache', schema: { type: 'string', enum: ['on', 'off'] }, description: 'Whether the answer may come out of the cache.' },
  { name: 'x-cache-ttl', schema: { type: 'integer', minimum: 1, maximum: 86_400 }, description: 'How long it is kept there, in seconds.' },
].map((header) => ({ in: 'header' as const, required: false, ...header }));
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
const moderations = { type: 'object', required: ['model', 'input'], properties: { model: { type: 'string', maxLength: 256 }, input: { oneOf: [{ type: 'string' }, { type: 'array', minItems: 1 }] } }, additionalProperties: true };
const rerank = {
  type: 'object',
  required: ['model', 'query', 'documents'],
  properties: {
    model: { type: 'string', maxLength: 256 },
    query: { oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }] },
    documents: { type: 'array', minItems: 1, items: { oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }] } },
    top_n: { type: 'integer', minimum: 1 },
    return_documents: { type: 'boolean' },
    max_tokens_per_doc: { type: 'integer', minimum: 1 },
  },
  additionalProperties: true,
};
const ranked = object({ results: { type: 'array', items: object({ index: count, relevance_score: { type: 'number' }, document: { type: 'object', additionalProperties: true } }, ['index', 'relevance_score']) } });
const someRanked = { model: 'demo', object: 'list', usage: { prompt_tokens: 14, total_tokens: 14 }, results: [{ index: 1, relevance_score: 0.99 }, { index: 0, relevance_score: 0.01 }] };
const aRerank = { model: 'demo', query: 'capital of France', documents: ['Berlin', 'Paris is the capital of France'], return_documents: false };
const judged = object({ id: string, model: string, results: { type: 'array', items: object({ flagged: { type: 'boolean' }, categories: { type: 'object', additionalProperties: { type: 'boolean' } }, category_scores: { type: 'object', additionalProperties: { type: 'number' } } }) } });
const someJudged = { id: 'modr-1', model: 'demo', results: [{ flagged: false, categories: { hate: false, violence: false }, category_scores: { hate: 0.0001, violence: 0.0001 } }] };

const file = { type: 'string', contentMediaType: 'application/octet-stream' };
const modelName = { type: 'string', maxLength: 256 };
const picture = { prompt: string, n: { type: 'integer', minimum: 1, maximum: 10, default: 1 }, size: string, quality: string, response_format: { type: 'string', enum: ['url', 'b64_json'] }, stream: { type: 'boolean', default: false }, partial_images: { type: 'integer', minimum: 0, maximum: 3 } };
const generation = { type: 'object', required: ['model', 'prompt'], properties: { model: modelName, ...picture }, additionalProperties: true };
const edit = { type: 'object', required: ['model', 'prompt', 'images'], properties: { model: modelName, images: { type: 'array', minItems: 1, items: { type: 'object', additionalProperties: true } }, ...picture }, additionalProperties: true };
const editForm = { type: 'object', required: ['model', 'prompt', 'image'], properties: { model: modelName, image: { oneOf: [file, { type: 'array', items: file }] }, mask: file, ...picture }, additionalProperties: true };
const pictures = object({ created: count, data: { type: 'array', items: object({ b64_json: string, url: string, revised_prompt: string }, []) }, usage: { type: 'object', additionalProperties: true } }, ['created', 'data']);
const somePictures = { created: 1_769_860_800, data: [{ b64_json: 'iVBORw0KGgo=' }], usage: { input_tokens: 4, output_tokens: 272, total_tokens: 276, input_tokens_details: { text_tokens: 4, image_tokens: 0 } } };
const speech = { type: 'object', required: ['model', 'input', 'voice'], properties: { model: modelName, input: string, voice: string, response_format: string, stream_format: { type: 'string', enum: ['audio', 'sse'], default: 'audio' }, instructions: string }, additionalProperties: true };
const heardForm = { type: 'object', required: ['model', 'file'], properties: { model: modelName, file, response_format: { type: 'string', enum: ['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'], default: 'json' }, language: string, prompt: string, stream: { type: 'boolean', default: false } }, additionalProperties: true };
const heard = object({ text: string, usage: { type: 'object', additionalProperties: true } }, ['text']);
const form = (schema: object) => ({ 'multipart/form-data': { schema } });

const text = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } }) as const;
const responses = {
  type: 'object',
  required: ['model'],
  properties: {
    model: { type: 'string', maxLength: 256 },
    input: { oneOf: [{ type: 'string' }, { type: 'array' }] },
    previous_response_id: { type: ['string', 'null'] },
    store: { type: ['boolean', 'null'], default: true },
    stream: { type: 'boolean', default: false },
  },
  additionalProperties: true,
};
const response = object({ id: string, object: string, status: string, model: string, output: { type: 'array', items: { type: 'object', additionalProperties: true } }, previous_response_id: { type: ['string', 'null'] }, store: { type: 'boolean' } }, ['id', 'object', 'status', 'output']);
const aMessage = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text: 'Hello!', annotations: [] }] };
const aResponse = { id: 'resp_1', object: 'response', created_at: 1_769_860_800, status: 'completed', model: 'demo', output: [aMessage], previous_response_id: null, store: true };
const deletion = object({ id: string, object: string, deleted: { type: 'boolean' } });
const items = object({ object: string, data: { type: 'array', items: { type: 'object', additionalProperties: true } }, first_id: { type: ['string', 'null'] }, last_id: { type: ['string', 'null'] }, has_more: { type: 'boolean' } });
const someItems = { object: 'list', data: [{ id: 'msg_0', type: 'message', role: 'user', status: 'completed', content: [{ type: 'input_text', text: 'Hello' }] }], first_id: 'msg_0', last_id: 'msg_0', has_more: false };
/** How a list of items is asked for. */
const listing = [
  { name: 'after', schema: { type: 'string' }, description: 'The id of the item behind which to begin.' },
  { name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
  { name: 'order', schema: { type: 'string', enum: ['asc', 'desc'], default: 'desc' } },
].map((parameter) => ({ in: 'query' as const, required: false, ...parameter }));
const messages = { type: 'object', required: ['model', 'messages'], properties: { model: { type: 'string', maxLength: 256 }, max_tokens: { type: 'integer', minimum: 1 }, messages: { type: 'array', minItems: 1 }, stream: { type: 'boolean', default: false } }, additionalProperties: true };
const contents = { type: 'object', required: ['contents'], properties: { contents: { type: 'array', minItems: 1 }, generationConfig: { type: 'object' } }, additionalProperties: true };

/** The inference endpoints of both channels. Members beyond those named here go to the provider as they are. */
export function inferencePaths(): Paths {
  const paths: Paths = {};
  for (const [prefix, security, tag] of [['/v1', 'key', 'inference'], ['/internal/v1', 'token', 'inference, internal']] as const) {
    const about = (summary: string, answer: object = anyAnswer, example?: object) => ({
      tags: [tag], security: [{ [security]: [] }], summary,
      responses: {
        200: { description: 'As the path’s dialect answers; streamed as server-sent events where that is asked for.', ...json(answer, example) },
        default: { description: 'An error in the form of the path’s dialect; docs/errors.md lists the codes.', ...json(failure, aFailure) },
      },
    });
    paths[`${prefix}/chat/completions`] = { post: { ...about('Chat completion, whole or streamed', completion, aCompletion), parameters: headers, requestBody: { required: true, ...json(chat, { model: 'demo', messages: [{ role: 'user', content: 'Hello' }] }) } } };
    paths[`${prefix}/responses`] = { post: { ...about('Response, whole or streamed; kept unless `store` is false', response, aResponse), parameters: headers, requestBody: { required: true, ...json(responses, { model: 'demo', input: 'Hello' }) } } };
    const named = { parameters: [text('id')] };
    paths[`${prefix}/responses/{id}`] = { get: { ...about('A response that was kept', response, aResponse), ...named }, delete: { ...about('Deletes a response', deletion, { id: 'resp_1', object: 'response', deleted: true }), ...named } };
    paths[`${prefix}/responses/{id}/input_items`] = { get: { ...about('What a response was made from', items, someItems), parameters: [text('id'), ...listing] } };
    paths[`${prefix}/responses/{id}/cancel`] = { post: { ...about('Refused: only what runs in the background can be cancelled, and nothing does', response), ...named } };
    paths[`${prefix}/messages`] = { post: { ...about('Anthropic’s message, whole or streamed'), parameters: headers, requestBody: { required: true, ...json(messages, { model: 'demo', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] }) } } };
    paths[`${prefix}/messages/count_tokens`] = { post: { ...about('The tokens of a prompt, counted without asking a provider'), requestBody: { required: true, ...json(messages) } } };
    for (const method of ['generateContent', 'streamGenerateContent', 'countTokens']) {
      paths[`${prefix}beta/models/{model}:${method}`] = { post: { ...about(`Gemini’s ${method}`), parameters: [text('model'), ...headers], requestBody: { required: true, ...json(contents, { contents: [{ parts: [{ text: 'Hello' }] }] }) } } };
    }
    paths[`${prefix}/embeddings`] = { post: { ...about('Embeddings', vectors, someVectors), parameters: headers, requestBody: { required: true, ...json(embeddings, { model: 'demo', input: 'Hello' }) } } };
    paths[`${prefix}/moderations`] = { post: { ...about('Moderations', judged, someJudged), parameters: headers, requestBody: { required: true, ...json(moderations, { model: 'demo', input: 'Hello' }) } } };
    paths[`${prefix}/rerank`] = { post: { ...about('Documents ordered by a question, in Jina’s form or Cohere’s', ranked, someRanked), parameters: headers, requestBody: { required: true, ...json(rerank, aRerank) } } };
    paths[`${prefix.replace(/1$/, '2')}/rerank`] = { post: { ...about('The same for Cohere’s clients', ranked), parameters: headers, requestBody: { required: true, ...json(rerank, aRerank) } } };
    paths[`${prefix}/images/generations`] = { post: { ...about('Pictures, whole or streamed', pictures, somePictures), parameters: headers, requestBody: { required: true, ...json(generation, { model: 'demo', prompt: 'A cat' }) } } };
    paths[`${prefix}/images/edits`] = { post: { ...about('Pictures made of others, whole or streamed', pictures, somePictures), parameters: headers, requestBody: { required: true, content: { ...json(edit).content, ...form(editForm) } } } };
    const spoken = about('A text spoken, streamed as it is made');
    const sound = { 200: { description: 'Sound in the form that was asked for, or server-sent events of it.', content: { 'audio/*': { schema: file }, 'text/event-stream': { schema: string } } } };
    paths[`${prefix}/audio/speech`] = { post: { ...spoken, responses: { ...spoken.responses, ...sound }, parameters: headers, requestBody: { required: true, ...json(speech, { model: 'demo', input: 'Hello', voice: 'alloy' }) } } };
    for (const [endpoint, summary] of [['transcriptions', 'The words of a sound, whole or streamed'], ['translations', 'The words of a sound, in English']] as const) {
      paths[`${prefix}/audio/${endpoint}`] = { post: { ...about(summary, heard, { text: 'Hello.', usage: { type: 'duration', seconds: 1 } }), parameters: headers, requestBody: { required: true, content: form(heardForm) } } };
    }
    paths[`${prefix}/models`] = { get: about('The models that this caller may use', models, { object: 'list', data: [aModel] }) };
    paths[`${prefix}/models/{model}`] = { get: { ...about('One model', model, aModel), parameters: [text('model')] } };
  }
  // Written out as JSON, which knows no shared parts.
  return structuredClone(paths);
}
