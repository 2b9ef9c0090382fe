/** What the gateway says its answers are, where no provider decides it. */
export const CONTENT_TYPE = {
  json: 'application/json',
  /** A stream that is one JSON array, as Google spells it. */
  jsonArray: 'application/json; charset=utf-8',
  events: 'text/event-stream; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  bytes: 'application/octet-stream',
} as const;
