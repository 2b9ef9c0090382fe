/** Content types of media that pass to a client; what a provider calls otherwise is only bytes. None that a browser would run. */
const PASSING = /^(?:audio\/[a-z0-9][a-z0-9.+-]{0,40}|image\/(?:png|jpeg|webp)|video\/(?:mp4|webm)|application\/(?:ogg|octet-stream)|text\/(?:plain|vtt|srt)|application\/x-subrip)(?:; ?(?:charset=[a-z0-9-]{1,20}|codecs=[a-z0-9.]{1,20}|rate=\d{1,6}|channels=\d))*$/i;

type Header = string | readonly string[] | undefined;

/** A provider's content type as it may pass on, `otherwise` where it may not. */
export function mediaType(given: Header, otherwise: string): string {
  return typeof given === 'string' && PASSING.test(given.trim()) ? given.trim() : otherwise;
}

/** Whether this is the content type, whatever its parameters. */
export function isOfType(given: Header, type: string): boolean {
  return typeof given === 'string' && given.split(';', 1)[0]?.trim().toLowerCase() === type;
}
