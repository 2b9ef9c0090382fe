const MARK = /(?:(\d{1,3}):)?(\d{2}):(\d{2})[.,](\d{3})/g;

/** When the last line of SRT or WebVTT ends, in milliseconds; 0 where there is none. */
export function subtitleMs(text: string): number {
  let last = 0;
  for (const line of text.split('\n')) {
    if (!line.includes('-->')) continue;
    for (const [, hours = '0', minutes, seconds, ms] of line.matchAll(MARK)) last = Math.max(last, ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(ms));
  }
  return last;
}
