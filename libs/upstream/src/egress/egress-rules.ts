import { ipBytes, isIn, parseCidr, reached, type Cidr, type IpBytes } from './ip-address';

/** Everything that is not a host of the public internet, and the public addresses that clouds serve metadata on. */
const REFUSED_V4 = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24',
  '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32',
].map(parseCidr);
/** Within 2000::/3, outside of which IPv6 has no public host: Teredo, ORCHID, benchmarking, documentation, 6to4. */
const REFUSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(parseCidr);
const PUBLIC_V6 = parseCidr('2000::/3');
const MAPPED_V4 = parseCidr('::ffff:0:0/96');

/** Names that lead to an address nobody means to publish, whatever a resolver says. */
const NAMED: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  metadata: '169.254.169.254',
  'metadata.google.internal': '169.254.169.254',
  'metadata.goog': '169.254.169.254',
  'metadata.azure.com': '169.254.169.254',
  'instance-data': '169.254.169.254',
  'instance-data.ec2.internal': '169.254.169.254',
};

/** A destination that may not be called. The message is for operators; it names no host. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';

  constructor(
    message: string,
    readonly host: string,
  ) {
    super(message);
  }
}

function isPublic(address: IpBytes): boolean {
  const target = reached(address);
  if (isIn(target, MAPPED_V4)) return !REFUSED_V4.some((cidr) => isIn(target, cidr));
  return isIn(target, PUBLIC_V6) && !REFUSED_V6.some((cidr) => isIn(target, cidr));
}

const LOOPBACK_V4 = ipBytes('127.0.0.1') as IpBytes;
const LOOPBACK_V6 = parseCidr('::1/128');

/** `localhost` is both loopbacks at once: who allows one of them means both. */
function aliases(address: IpBytes): IpBytes[] {
  return [address, reached(address), ...(isIn(address, LOOPBACK_V6) ? [LOOPBACK_V4] : [])];
}

interface AllowedHost {
  readonly host: string;
  readonly port: string;
  readonly isSuffix: boolean;
}

/** `api.example.com`, `*.example.com`, each with or without a port or a scheme. */
function allowedHost(entry: string): AllowedHost {
  const authority = entry.trim().replace(/^[a-z]+:\/\//i, '').replace(/[/?#].*$/, '');
  const isSuffix = authority.startsWith('*.');
  const url = new URL(`http://${isSuffix ? authority.slice(2) : authority}`);
  return { host: bareHost(url), port: /:\d+$/.exec(authority)?.[0].slice(1) ?? '', isSuffix };
}

/** Lower case, without brackets or the root's dot. WHATWG has folded every spelling of an IPv4 address by now. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

function namedAddress(host: string): string {
  return host.endsWith('.localhost') ? '127.0.0.1' : (NAMED[host] ?? host);
}

/** Where the gateway may connect to: the rule is applied to URLs when they are saved, and to the addresses that are dialled. */
export class EgressRules {
  private readonly hosts: readonly AllowedHost[];
  private readonly privateAllow: readonly Cidr[];

  /**
   * @param whitelist     hosts (`api.example.com`, `*.example.com`); empty allows every public one
   * @param privateAllow  CIDRs of private addresses that may be dialled all the same
   * @throws RangeError or TypeError where an entry cannot be read
   */
  constructor({ whitelist = [], privateAllow = [] }: { readonly whitelist?: readonly string[]; readonly privateAllow?: readonly string[] } = {}) {
    this.hosts = whitelist.map(allowedHost);
    this.privateAllow = privateAllow.map(parseCidr);
  }

  /** Checks all that can be known without a resolver. @throws EgressRefused */
  check(target: string | URL): void {
    const url = typeof target === 'string' ? parseUrl(target) : target;
    if (!url) throw new EgressRefused('It is not a URL.', '');
    const host = bareHost(url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new EgressRefused('Only http and https are called.', host);
    if (url.username || url.password) throw new EgressRefused('Credentials do not belong into a URL.', host);
    if (!this.isWhitelisted(host, url.port || (url.protocol === 'https:' ? '443' : '80'))) throw new EgressRefused('The host is not in OUTBOUND_WHITELIST.', host);
    const address = ipBytes(namedAddress(host));
    if (address) this.refusePrivate(address, host);
  }

  /** Checks an address that is about to be dialled for `host`. @throws EgressRefused */
  checkAddress(address: string, host: string = address): void {
    const bytes = ipBytes(address);
    if (!bytes) throw new EgressRefused('The resolver gave something that is not an address.', host);
    this.refusePrivate(bytes, host);
  }

  private refusePrivate(address: IpBytes, host: string): void {
    if (isPublic(address)) return;
    if (aliases(address).some((alias) => this.privateAllow.some((cidr) => isIn(alias, cidr)))) return;
    throw new EgressRefused('The address is private; OUTBOUND_PRIVATE_ALLOW does not hold it.', host);
  }

  private isWhitelisted(host: string, port: string): boolean {
    if (this.hosts.length === 0) return true;
    return this.hosts.some((allowed) => (allowed.isSuffix ? host.endsWith(`.${allowed.host}`) : host === allowed.host) && (allowed.port === '' || allowed.port === port));
  }
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
