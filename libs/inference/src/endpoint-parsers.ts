import { CLIENT_SERVICES, type ServiceEndpoint } from '@higress/wire';
import type { InferenceCall } from './call';
import { Conversation } from './conversation';
import { parseEdit, parseGeneration, parseSpeech, parseTranscription } from './media/media-parsers';
import { parseConversation } from './parse-conversation';
import type { Parsed } from './parsed';
import type { Thread } from './response-memory';
import { scanBody } from './scan-body';
import { ServiceExchange } from './service-exchange';

/** How the requests of each endpoint are read: what is added here can be called. */
export const ENDPOINT_PARSERS = {
  'chat/completions': conversation,
  responses: response,
  messages: conversation,
  generateContent: conversation,
  embeddings: service('embeddings'),
  rerank: service('rerank'),
  moderations: service('moderations'),
  'images/generations': parseGeneration,
  'images/edits': parseEdit,
  'audio/speech': parseSpeech,
  'audio/transcriptions': parseTranscription('audio/transcriptions'),
  'audio/translations': parseTranscription('audio/translations'),
} as const satisfies Record<InferenceCall['endpoint'], (call: InferenceCall) => Parsed>;

function conversation(call: InferenceCall): Parsed {
  const { json, request, asked } = parseConversation(call);
  return { request, exchange: new Conversation(call, json, request, asked) };
}

function response(call: InferenceCall): Parsed {
  const parsed = parseConversation(call);
  return { request: parsed.request, exchange: new Conversation(call, parsed.json, parsed.request, parsed.asked), response: parsed };
}

/** The same request with what it continues. */
export function continued(call: InferenceCall, thread: Thread): Parsed {
  const { json, request, asked } = thread.parsed;
  return { request, exchange: new Conversation(call, json, request, asked, thread) };
}

/** What is no conversation, and told in JSON both ways. */
function service(endpoint: ServiceEndpoint): (call: InferenceCall) => Parsed {
  return (call) => {
    const json = scanBody(call.body);
    const request = CLIENT_SERVICES[endpoint].read(json);
    return { request, exchange: new ServiceExchange(endpoint, call, json, request) };
  };
}
