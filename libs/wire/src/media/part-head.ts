import { isUtf8 } from 'node:buffer';
import { malformed } from './malformed-form';

/** One part of a form. Its content stands at `[start, end)` of the form's bytes. */
export interface FormPart {
  readonly name: string;
  /** Null for a field, which is no file. */
  readonly filename: string | null;
  readonly contentType: string | null;
  readonly start: number;
  readonly end: number;
}

const NAME = /^[A-Za-z0-9_.-]{1,64}(?:\[\]|\[[A-Za-z0-9_-]{1,64}\])?$/;
/** A quoted value has no quote in it, escaped or not: readers differ on where such a one ends. */
const PARAMETER = /[ \t]*;[ \t]*([A-Za-z]+\*?)=(?:"([^"\r\n]*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))/gy;
const FORM_DATA = /^form-data(?=[ \t]*;)/i;
const MEDIA_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[\x20-\x7e]+$/;
/** How the content is told, where it is told at all: as it is. */
const AS_IT_IS = new Set(['binary', '8bit', '7bit']);
const FIELDS = new Set(['content-disposition', 'content-type', 'content-length', 'content-transfer-encoding']);

/**
 * The head of a part, without the empty line at its end.
 * @throws DomainError INVALID_REQUEST for a bare CR or LF, a folded line, a field that has no place here or comes twice
 */
export function readPartHead(bytes: Buffer): Omit<FormPart, 'start' | 'end'> {
  if (!isUtf8(bytes)) throw malformed('the head of a part is not valid UTF-8');
  const fields = new Map<string, string>();
  for (const line of bytes.toString('utf8').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (hasControl(line) || colon < 1 || !FIELDS.has(name)) throw malformed('the head of a part has a line that has no place there');
    if (fields.has(name)) throw malformed(`the head of a part has ${name} twice`);
    fields.set(name, line.slice(colon + 1).trim());
  }
  const encoding = fields.get('content-transfer-encoding');
  if (encoding !== undefined && !AS_IT_IS.has(encoding.toLowerCase())) throw malformed('a part is encoded');
  const contentType = fields.get('content-type') ?? null;
  if (contentType !== null && !MEDIA_TYPE.test(contentType)) throw malformed('the content type of a part is none');
  return { ...readDisposition(fields.get('content-disposition') ?? ''), contentType };
}

function readDisposition(value: string): { name: string; filename: string | null } {
  const parameters = new Map<string, string>();
  let at = FORM_DATA.exec(value)?.[0].length ?? -1;
  if (at === -1) throw malformed('a part does not say what it is');
  for (PARAMETER.lastIndex = at; at < value.length; at = PARAMETER.lastIndex) {
    const found = PARAMETER.exec(value);
    const name = found?.[1]?.toLowerCase();
    if (!found || name === undefined || parameters.has(name)) throw malformed('a part does not say clearly what it is');
    parameters.set(name, found[2] ?? found[3] ?? '');
  }
  const name = parameters.get('name') ?? '';
  const filename = parameters.get('filename') ?? parameters.get('filename*') ?? null;
  if (!NAME.test(name) || [...parameters.keys()].some((known) => !['name', 'filename', 'filename*'].includes(known))) throw malformed('a part has no name, or one that nobody has');
  // What ends in a backslash another reader may take for an escaped quote.
  if (filename?.endsWith('\\')) throw malformed('a file has a name that ends in a backslash');
  return { name, filename };
}

function hasControl(line: string): boolean {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}
