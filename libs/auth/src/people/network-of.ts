import { isIPv6 } from 'node:net';

/** What one subscriber holds: an IPv4 address, or the /64 around an IPv6 address, in one spelling each. */
export function networkOf(ip: string): string {
  const [address = ''] = ip.split('%');
  if (!isIPv6(address)) return address;
  // WHATWG URL writes an address in its one short form, an IPv4 tail as two hexadecimal groups.
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const front = head.split(':').filter(Boolean);
  const back = (tail ?? '').split(':').filter(Boolean);
  const groups = tail === undefined ? front : [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back];
  const [, , , , , mapped, high = '0', low = '0'] = groups;
  if (mapped === 'ffff' && groups.slice(0, 5).every((group) => group === '0')) return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]).join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}
