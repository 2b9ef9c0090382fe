const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const pool = new Uint8Array(4096);
let used = pool.length;

/** A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits. Its start can be read back with {@link uuidv7Time}. */
export function uuidv7(nowMs: number = Date.now()): string {
  if (used + 10 > pool.length) {
    globalThis.crypto.getRandomValues(pool);
    used = 0;
  }
  const random = (i: number) => pool[used + i] as number;
  const hex = (byte: number) => HEX[byte & 0xff] as string;
  const high = Math.floor(nowMs / 0x10000);
  const low = nowMs % 0x10000;
  const id =
    hex(high >>> 24) + hex(high >>> 16) + hex(high >>> 8) + hex(high) + '-' + hex(low >>> 8) + hex(low) + '-' +
    hex((random(0) & 0x0f) | 0x70) + hex(random(1)) + '-' + hex((random(2) & 0x3f) | 0x80) + hex(random(3)) + '-' +
    hex(random(4)) + hex(random(5)) + hex(random(6)) + hex(random(7)) + hex(random(8)) + hex(random(9));
  used += 10;
  return id;
}

/** The millisecond in which a UUIDv7 was made. */
export function uuidv7Time(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** True for any well-formed UUID of RFC 9562, whatever its version. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
