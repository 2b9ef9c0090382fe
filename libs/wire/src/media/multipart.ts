import { malformed } from './malformed-form';
import { type FormPart, readPartHead } from './part-head';

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
const CRLF = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_PARTS = 100;
const MAX_HEAD_BYTES = 4096;
const MEDIA_TYPE = /^multipart\/form-data((?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+=(?:"[^"\\\r\n]*"|[!#$%&'*+.^_`|~0-9A-Za-z-]+))+)[ \t]*$/i;
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=?-]{1,70}$/;

/** A form as it came: its bytes, and where each part stands in them. */
export interface ScannedForm {
  readonly bytes: Buffer;
  readonly boundary: string;
  readonly parts: readonly FormPart[];
}

/**
 * Reads `multipart/form-data` (RFC 7578) where its bytes go on to a provider: refuses whatever two readers might read differently. So there is nothing before the first
 * boundary and nothing behind the last, no line of content begins like a boundary, and a part's head has the two fields that it may have, once each.
 * Looks at each byte once, whatever they are.
 * @param contentType the request's own, with its boundary
 * @throws DomainError INVALID_REQUEST
 */
export function scanMultipart(bytes: Buffer, contentType: string): ScannedForm {
  const boundary = boundaryOf(contentType);
  const opening = Buffer.from(`--${boundary}`, 'latin1');
  const delimiter = Buffer.concat([CRLF, opening]);
  if (!bytes.subarray(0, opening.length).equals(opening)) throw malformed('it does not begin with its boundary');
  const parts: FormPart[] = [];
  for (let at = opening.length; !isEnd(bytes, at); ) {
    if (parts.length === MAX_PARTS) throw malformed(`it has more than ${MAX_PARTS} parts`);
    if (bytes[at] !== CR || bytes[at + 1] !== LF) throw malformed('a boundary is followed by something else');
    const head = bytes.indexOf(HEAD_END, at);
    if (head === -1 || head - at > MAX_HEAD_BYTES) throw malformed(`the head of a part has no end within ${MAX_HEAD_BYTES} bytes`);
    const start = head + HEAD_END.length;
    // A part without content: the end of its head is the line before the boundary.
    const end = bytes.indexOf(delimiter, start - CRLF.length);
    if (end === -1) throw malformed('its last boundary is missing');
    if (end < start) throw malformed('a part has no empty line before its content');
    parts.push({ ...readPartHead(bytes.subarray(at + CRLF.length, head)), start, end });
    at = end + delimiter.length;
  }
  return { bytes, boundary, parts };
}

/** The content type of a form with this boundary. */
export function formType(boundary: string): string {
  return `multipart/form-data; boundary=${/^[0-9A-Za-z'+_.-]+$/.test(boundary) ? boundary : `"${boundary}"`}`;
}

/** @throws DomainError INVALID_REQUEST */
function boundaryOf(contentType: string): string {
  const [, parameters = ''] = MEDIA_TYPE.exec(contentType) ?? [];
  const named = [...parameters.matchAll(/;[ \t]*([^=;]+)=("[^"]*"|[^;\s]+)/g)].filter(([, name]) => name?.toLowerCase() === 'boundary');
  const boundary = named.length === 1 ? (named[0]?.[2] ?? '').replace(/^"|"$/g, '') : '';
  if (!BOUNDARY.test(boundary)) throw malformed('its content type names no boundary, or none that can be one');
  return boundary;
}

/** `--` behind the last boundary, and nothing after it but the end of its line. */
function isEnd(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== DASH || bytes[at + 1] !== DASH) return false;
  const rest = bytes.subarray(at + 2);
  if (rest.length > 0 && !rest.equals(CRLF)) throw malformed('there is something behind its last boundary');
  return true;
}
