import { BlockList, isIP, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/** Addresses and CIDRs that may call. An IPv4 address counts as itself when it comes mapped into IPv6 (`::ffff:192.0.2.1`). */
export class IpAllowList {
  readonly #list = new BlockList();

  /** Entries that are no addresses allow nothing. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry);
  }

  allows(ip: string): boolean {
    const address = plain(ip);
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }

  #add(entry: string): void {
    const [text = '', bits] = entry.split('/');
    const address = plain(text);
    if (!isIP(address)) return;
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const whole = family === 'ipv6' ? 128 : 32;
    // A mapped network loses the 96 bits that say it is mapped.
    const prefix = bits === undefined ? whole : Number(bits) - (address === text ? 0 : 96);
    if (Number.isInteger(prefix) && prefix >= 0 && prefix <= whole) this.#list.addSubnet(address, prefix, family);
  }
}

/** Without a zone (`fe80::1%eth0`), and as IPv4 where it is one. */
function plain(ip: string): string {
  const address = ip.split('%', 1)[0] as string;
  return MAPPED.exec(address)?.[1] ?? address;
}
