import type { OpenStream, StreamEnding, StreamReader } from '@higress/wire';

/** @param contentType of what the client gets, where the provider decides it */
export function openStream(stream: StreamReader & StreamEnding, contentType?: string): OpenStream {
  return { reader: stream, ending: stream, contentType };
}
