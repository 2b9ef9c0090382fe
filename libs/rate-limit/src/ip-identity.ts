import { isIPv6 } from 'node:net';

/** Of what is no address: it becomes part of a key. */
const LONGEST = 64;

/**
 * The address by which a caller is counted: an IPv4 address itself, an IPv6 one by its /64, because that is what one subscriber is given.
 * An IPv4 address in IPv6's clothes (`::ffff:1.2.3.4`) is the IPv4 one. What is no address counts as it is spelled.
 */
export function ipIdentity(ip: string): string {
  if (!ip.includes(':')) return ip.slice(0, LONGEST);
  const address = ip.split('%', 1)[0] as string;
  if (!isIPv6(address)) return ip.slice(0, LONGEST);
  const dotted = /^(?:0*:)*:?ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted) return dotted;
  const [head = '', tail] = address.replace(/:\d+\.\d+\.\d+\.\d+$/, ':0:0').split('::');
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const all = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  if (all.slice(0, 5).every((group) => group === '0') && all[5] === 'ffff') return dottedOf(all[6] as string, all[7] as string);
  return `${all.slice(0, 4).join(':')}::/64`;
}

function groups(part: string): string[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16).toString(16));
}

function dottedOf(high: string, low: string): string {
  const bits = Number.parseInt(high, 16) * 0x10000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
