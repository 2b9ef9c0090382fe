let second = -1;
let untilSecond = '';

/** pino's `time`. */
export function isoTime(): string {
  return `,"time":"${isoNow()}"`;
}

/** The time as RFC 3339 in UTC with milliseconds; what stays the same for a second is made once in it. */
export function isoNow(): string {
  const now = Date.now();
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    untilSecond = new Date(second).toISOString().slice(0, 20);
  }
  return `${untilSecond}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
}
