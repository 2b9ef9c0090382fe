import { isObject, type Json } from '../canonical/fields';

/** What of a response is ours to tell and not the provider's: whether it can be asked for later, and what it continues. */
export interface ResponseKeeping {
  readonly store: boolean;
  readonly previousId: string | null;
}

export function writeKeeping({ store, previousId }: ResponseKeeping): Json {
  return { store, previous_response_id: previousId };
}

/** The response in the bytes of a whole answer, or in the last of some events. Null where there is none. */
export function responseIn(bytes: Buffer, isStream: boolean): Json | null {
  return isStream ? (eventOf(bytes.toString('utf8'))?.response ?? null) : objectOf(bytes.toString('utf8'));
}

/** The same bytes with the response in them telling what `keeping` says; without a response they stay as they are. */
export function retellResponse(bytes: Buffer, isStream: boolean, keeping: ResponseKeeping): Buffer {
  const text = bytes.toString('utf8');
  if (!isStream) {
    const response = objectOf(text);
    return response ? Buffer.from(JSON.stringify({ ...response, ...writeKeeping(keeping) })) : bytes;
  }
  const event = eventOf(text);
  if (!event) return bytes;
  const data = JSON.stringify({ ...event.data, response: { ...event.response, ...writeKeeping(keeping) } });
  return Buffer.from(`${text.slice(0, event.start)} ${data}${text.slice(event.end)}`);
}

/** Within a text a quote is escaped, so this is found where there is a member of that name and nowhere else. */
const MEMBER = Buffer.from('"response"');

/** As {@link retellResponse} for any event of a stream; nearly all of them carry no response and cost one search. */
export function retellEvent(event: Buffer, keeping: ResponseKeeping): Buffer {
  return event.includes(MEMBER) ? retellResponse(event, true, keeping) : event;
}

/** The line of data of the last event: where it stands, and what it holds. */
function eventOf(text: string): { readonly start: number; readonly end: number; readonly data: Json; readonly response: Json } | null {
  const line = text.lastIndexOf('\ndata:') + 1;
  if (line === 0 && !text.startsWith('data:')) return null;
  const start = line + 'data:'.length;
  const newline = text.indexOf('\n', start);
  const end = newline === -1 ? text.length : newline;
  const data = objectOf(text.slice(start, end));
  return data && isObject(data.response) ? { start, end, data, response: data.response } : null;
}

function objectOf(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
