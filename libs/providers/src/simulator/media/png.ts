import { deflateSync } from 'node:zlib';
import { numbersFrom } from '../hash';

const SIDE = 8;
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** 8 bits of red, green and blue each. */
const HEADER = Buffer.from([0, 0, 0, SIDE, 0, 0, 0, SIDE, 8, 2, 0, 0, 0]);
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** A picture of 8 by 8 points whose colours depend on the seed alone. */
export function pngOf(seed: number): Buffer {
  const next = numbersFrom(seed);
  const rows = Buffer.concat(Array.from({ length: SIDE }, () => Buffer.from([0, ...Array.from({ length: SIDE * 3 }, () => Math.floor(next() * 256))])));
  return Buffer.concat([SIGNATURE, chunk('IHDR', HEADER), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length);
  named.copy(framed, 4);
  framed.writeUInt32BE(crcOf(named), named.length + 4);
  return framed;
}

function crcOf(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
