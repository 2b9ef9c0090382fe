import { isIP } from 'node:net';

/** An address as 16 bytes; IPv4 in its mapped form `::ffff:a.b.c.d`. */
export type IpBytes = Uint8Array;

export interface Cidr {
  readonly bytes: IpBytes;
  /** Leading bits that count, of 128. */
  readonly bits: number;
}

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function groupBytes(group: string): number[] {
  if (group.includes('.')) return group.split('.').map(Number);
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}

/** The bytes of a canonical or abbreviated IP literal, without brackets; a zone is ignored. Null where it is none. */
export function ipBytes(text: string): IpBytes | null {
  const bare = text.replace(/%.*$/, '');
  const version = isIP(bare);
  if (version === 0) return null;
  if (version === 4) return Uint8Array.from([...MAPPED_PREFIX, ...groupBytes(bare)]);
  const [head = '', tail] = bare.split('::');
  const bytesOf = (part: string) => (part === '' ? [] : part.split(':').flatMap(groupBytes));
  const front = bytesOf(head);
  const back = tail === undefined ? [] : bytesOf(tail);
  return Uint8Array.from([...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back]);
}

/** @throws RangeError for what is neither an address nor an address with a prefix length. */
export function parseCidr(text: string): Cidr {
  const [address = '', length] = text.trim().split('/');
  const bytes = ipBytes(address);
  const widest = isIP(address) === 4 ? 32 : 128;
  const bits = length === undefined ? widest : /^\d{1,3}$/.test(length) ? Number(length) : NaN;
  if (!bytes || !(bits <= widest)) throw new RangeError('not a CIDR');
  return { bytes, bits: bits + 128 - widest };
}

export function isIn(address: IpBytes, { bytes, bits }: Cidr): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== bytes[i]) return false;
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  return mask === 0 || ((address[whole] ?? 0) & mask) === ((bytes[whole] ?? 0) & mask);
}

/** The IPv4 address that a mapped, translated or NAT64 address reaches, in mapped form; else the address itself. */
export function reached(address: IpBytes): IpBytes {
  return EMBEDDING.some((prefix) => isIn(address, prefix)) ? Uint8Array.from([...MAPPED_PREFIX, ...address.subarray(12)]) : address;
}

const EMBEDDING = ['64:ff9b::/96', '::ffff:0:0:0/96'].map(parseCidr);
