import { formatError } from '../format-error';
import { KEEP_ALIVE, OPENAI_DONE, sseData } from '../sse';
import type { StreamEnding } from './stream-reader';

/** What the gateway says in a stream of chat completions that passes through. */
export function openAiEnding(requestId: string): StreamEnding {
  return {
    keepAlive: () => KEEP_ALIVE,
    // A last chunk without choices, as the usage chunk is one: clients of this dialect read past it.
    whole: (aside) => (aside ? Buffer.concat([sseData(JSON.stringify({ id: requestId, object: 'chat.completion.chunk', choices: [], gateway: aside })), OPENAI_DONE]) : OPENAI_DONE),
    broken: (error) => sseData(JSON.stringify(formatError('openai', error, requestId))),
  };
}
