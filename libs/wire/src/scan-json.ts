import { isUtf8 } from 'node:buffer';
import { DomainError } from '@higress/kernel';

const MAX_DEPTH = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where the value of one top-level member stands in the body: `[start, end)` in bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A JSON object as it came: parsed, and with the place of each top-level value, so that one of them can be replaced without touching the rest. */
export interface ScannedJson {
  readonly bytes: Buffer;
  readonly value: Readonly<Record<string, unknown>>;
  readonly spans: ReadonlyMap<string, Span>;
}

/**
 * Reads a body that must be one JSON object. Refuses what two parsers might read differently, because the same bytes go on to a provider:
 * invalid UTF-8, a repeated top-level member, a number beyond double precision's range, `__proto__`, nesting over 64 levels.
 * @throws DomainError INVALID_JSON or INVALID_REQUEST
 */
export function scanJson(bytes: Buffer): ScannedJson {
  const { value, spans } = readStrictly(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DomainError('INVALID_REQUEST', { message: 'The body must be a JSON object.' });
  return { bytes, value: value as Record<string, unknown>, spans };
}

/**
 * Any JSON value, read as strictly as {@link scanJson} reads an object; members are told apart at the top level only.
 * @throws DomainError INVALID_JSON or INVALID_REQUEST
 */
export function strictJson(bytes: Buffer): unknown {
  return readStrictly(bytes).value;
}

function readStrictly(bytes: Buffer): { value: unknown; spans: Map<string, Span> } {
  if (!isUtf8(bytes)) throw new DomainError('INVALID_JSON', { message: 'The body is not valid UTF-8.' });
  const spans = new TopLevelScanner(bytes).scan();
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new DomainError('INVALID_JSON');
  }
  if (bytes.includes('__proto__') || bytes.includes('\\u00')) refusePrototypes(value);
  return { value, spans };
}

/** One pass over the bytes; it decides nothing about validity but depth, repeats and the size of numbers: JSON.parse does the rest. */
class TopLevelScanner {
  private at = 0;
  private depth = 0;
  private readonly spans = new Map<string, Span>();
  private isObject: boolean | undefined;

  constructor(private readonly bytes: Buffer) {}

  scan(): Map<string, Span> {
    const { bytes } = this;
    let keyStart = -1;
    let key: string | undefined;
    let valueStart = -1;
    while (this.at < bytes.length) {
      const byte = bytes[this.at] as number;
      switch (byte) {
        case QUOTE: {
          const start = this.at;
          this.skipString();
          if (this.depth === 1 && key === undefined && this.isObject) {
            keyStart = start;
            key = this.readKey(keyStart, this.at);
          } else if (valueStart === -1) valueStart = start;
          continue;
        }
        case 0x7b: // {
        case 0x5b: // [
          if (this.depth === 1 && valueStart === -1) valueStart = this.at;
          this.isObject ??= byte === 0x7b;
          if (++this.depth > MAX_DEPTH) throw new DomainError('INVALID_JSON', { message: `The body nests deeper than ${MAX_DEPTH} levels.` });
          break;
        case 0x7d: // }
        case 0x5d: // ]
          this.depth--;
          if (this.depth === 0) {
            this.close(key, valueStart, this.at);
            key = undefined;
            valueStart = -1;
          }
          break;
        case 0x2c: // ,
          if (this.depth === 1) {
            this.close(key, valueStart, this.at);
            key = undefined;
            valueStart = -1;
          }
          break;
        case 0x3a: // :
        case 0x20:
        case 0x09:
        case 0x0a:
        case 0x0d:
          break;
        default: {
          const start = this.at;
          if (this.depth === 1 && valueStart === -1) valueStart = start;
          this.skipScalar();
          this.checkNumber(start, this.at);
          continue;
        }
      }
      this.at++;
    }
    return this.spans;
  }

  private skipString(): void {
    const { bytes } = this;
    let from = this.at + 1;
    for (;;) {
      const quote = bytes.indexOf(QUOTE, from);
      if (quote === -1) throw new DomainError('INVALID_JSON');
      let escapes = 0;
      while (bytes[quote - 1 - escapes] === BACKSLASH && quote - 1 - escapes > this.at) escapes++;
      from = quote + 1;
      if (escapes % 2 === 0) break;
    }
    this.at = from;
  }

  /** Takes its first byte whatever it is, a control character too: what cannot begin a value is JSON.parse's to refuse. */
  private skipScalar(): void {
    const { bytes } = this;
    for (this.at++; this.at < bytes.length; this.at++) {
      const byte = bytes[this.at] as number;
      if (byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20) return;
    }
  }

  /** `1e999` is a number to JSON and Infinity to JavaScript. */
  private checkNumber(start: number, end: number): void {
    if (end - start < 4) return;
    const first = this.bytes[start] as number;
    if (first !== 0x2d && (first < 0x30 || first > 0x39)) return;
    if (!Number.isFinite(Number(this.bytes.toString('latin1', start, end)))) throw new DomainError('INVALID_REQUEST', { message: 'A number in the body is too large.' });
  }

  private readKey(start: number, end: number): string {
    try {
      return JSON.parse(this.bytes.toString('utf8', start, end)) as string;
    } catch {
      throw new DomainError('INVALID_JSON');
    }
  }

  private close(key: string | undefined, start: number, end: number): void {
    if (key === undefined || start === -1) return;
    if (this.spans.has(key)) throw new DomainError('INVALID_REQUEST', { message: 'A member of the body is repeated.', param: key.slice(0, 128) });
    let last = end;
    while (last > start && (this.bytes[last - 1] as number) <= 0x20) last--;
    this.spans.set(key, { start, end: last });
  }
}

function refusePrototypes(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value) && Object.hasOwn(value, '__proto__')) throw new DomainError('INVALID_REQUEST', { message: 'The body may not have a member named __proto__.', param: '__proto__' });
  for (const child of Object.values(value)) refusePrototypes(child);
}
