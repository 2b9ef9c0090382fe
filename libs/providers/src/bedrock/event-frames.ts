import * as zlib from 'node:zlib';
import { DomainError } from '@higress/kernel';
import { HeldBytes } from '@higress/wire';

/** One message of AWS's event stream: what its headers say, and its JSON. */
export interface EventFrame {
  readonly type: string;
  /** True for one that tells of a failure; `type` is then the failure's name. */
  readonly isException: boolean;
  readonly payload: Buffer;
}

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const MAX_FRAME_BYTES = 1024 * 1024;
const STRING = 7;
/** Bytes of a header's value by its type, where that is fixed. */
const SIZES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };

/** Cuts AWS's binary framing, wherever it arrives in pieces, and checks its sums. */
export class EventFrames {
  private readonly held = new HeldBytes();
  /** Bytes without which nothing can be read. */
  private needed = PRELUDE_BYTES;

  /** @throws DomainError UPSTREAM_INVALID_RESPONSE */
  push(piece: Buffer): EventFrame[] {
    const frames: EventFrame[] = [];
    if (this.held.length + piece.length < this.needed) {
      this.held.add(piece);
      return frames;
    }
    let rest = this.held.take(piece);
    for (this.needed = neededBy(rest); rest.length >= this.needed; this.needed = neededBy(rest)) {
      frames.push(readFrame(rest.subarray(0, this.needed)));
      rest = rest.subarray(this.needed);
    }
    this.held.add(rest);
    return frames;
  }
}

/** The bytes of the frame that begins here, or of its beginning where not even that is there. */
function neededBy(bytes: Buffer): number {
  if (bytes.length < PRELUDE_BYTES) return PRELUDE_BYTES;
  const length = bytes.readUInt32BE(0);
  if (length < PRELUDE_BYTES + CHECKSUM_BYTES || length > MAX_FRAME_BYTES) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  return length;
}

function readFrame(frame: Buffer): EventFrame {
  const end = frame.length - CHECKSUM_BYTES;
  const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4);
  const isSound = headersEnd <= end && crcOf(frame.subarray(0, 8)) === frame.readUInt32BE(8) && crcOf(frame.subarray(0, end)) === frame.readUInt32BE(end);
  if (!isSound) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
  const headers = readHeaders(frame.subarray(PRELUDE_BYTES, headersEnd));
  const isException = headers[':message-type'] !== 'event';
  return { type: (isException ? (headers[':exception-type'] ?? headers[':error-code']) : headers[':event-type']) ?? '', isException, payload: Buffer.from(frame.subarray(headersEnd, end)) };
}

function readHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + (bytes[at] as number);
    const name = bytes.toString('utf8', at + 1, nameEnd);
    const type = bytes[nameEnd] ?? 0;
    const fixed = SIZES[type];
    const from = nameEnd + 1 + (fixed === undefined ? 2 : 0);
    if (from > bytes.length) throw new DomainError('UPSTREAM_INVALID_RESPONSE');
    const to = from + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
    if (type === STRING) headers[name] = bytes.toString('utf8', from, to);
    at = to;
  }
  return headers;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** For a Node whose zlib has none. */
export function slowCrc(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** As AWS and everybody else computes it. */
const crcOf = 'crc32' in zlib ? (bytes: Buffer): number => (zlib as unknown as { crc32(data: Buffer): number }).crc32(bytes) : slowCrc;

/** The same framing the other way: for whoever plays the provider. */
export function writeFrame(type: string, payload: object, isException = false): Buffer {
  const headers = Buffer.concat(Object.entries({ ...(isException ? { ':exception-type': type } : { ':event-type': type }), ':content-type': 'application/json', ':message-type': isException ? 'exception' : 'event' }).map(([name, value]) => {
    const head = Buffer.alloc(1 + name.length + 3);
    head.writeUInt8(name.length, 0);
    head.write(name, 1);
    head.writeUInt8(STRING, 1 + name.length);
    head.writeUInt16BE(Buffer.byteLength(value), 2 + name.length);
    return Buffer.concat([head, Buffer.from(value)]);
  }));
  const body = Buffer.from(JSON.stringify(payload));
  const frame = Buffer.alloc(PRELUDE_BYTES + headers.length + body.length + CHECKSUM_BYTES);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crcOf(frame.subarray(0, 8)), 8);
  headers.copy(frame, PRELUDE_BYTES);
  body.copy(frame, PRELUDE_BYTES + headers.length);
  frame.writeUInt32BE(crcOf(frame.subarray(0, frame.length - CHECKSUM_BYTES)), frame.length - CHECKSUM_BYTES);
  return frame;
}
