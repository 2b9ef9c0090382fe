import { EgressRefused, EgressRules } from '../../index';

const anywhere = new EgressRules();
const dialled = (rules: EgressRules, address: string) => () => rules.checkAddress(address);

describe('egress, without a whitelist', () => {
  it.each([
    'https://api.openai.com/v1', 'http://example.com:8080', 'https://8.8.8.8/', 'https://[2606:4700:4700::1111]/', 'https://[64:ff9b::808:808]/', 'https://[::ffff:8.8.8.8]/', 'https://169.255.0.1', 'https://172.32.0.1',
  ])('allows %s', (url) => {
    expect(() => anywhere.check(url)).not.toThrow();
  });

  it.each([
    // Loopback, in every spelling that a URL parser folds.
    'http://127.0.0.1', 'http://127.1', 'http://127.0.1', 'http://2130706433', 'http://0x7f000001', 'http://0x7f.1', 'http://0177.0.0.1', 'http://017700000001', 'http://127.0.0.1.', 'http://１２７.０.０.１', 'http://127。0。0。1',
    'http://%31%32%37.0.0.1', 'http://127.255.255.254', 'http://localhost', 'http://LOCALHOST.', 'http://api.localhost', 'http://0', 'http://0.0.0.0', 'http://0.1.2.3',
    // IPv6, and the IPv4 addresses that hide in it.
    'http://[::1]', 'http://[0:0:0:0:0:0:0:1]', 'http://[::]', 'http://[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]', 'http://[0:0:0:0:0:ffff:7f00:1]', 'http://[::127.0.0.1]', 'http://[::ffff:0:127.0.0.1]',
    'http://[64:ff9b::7f00:1]', 'http://[64:ff9b::169.254.169.254]', 'http://[64:ff9b:1::a00:1]', 'http://[2002:7f00:1::]', 'http://[2002:a9fe:a9fe::1]', 'http://[2001:0:1:2::3]', 'http://[2001:db8::1]', 'http://[100::1]',
    'http://[fc00::1]', 'http://[fd00:ec2::254]', 'http://[fe80::1]', 'http://[febf::1]', 'http://[fec0::1]', 'http://[ff02::1]', 'http://[::ffff:10.0.0.1]',
    // Private, shared, link-local, multicast, reserved, metadata.
    'http://10.0.0.1', 'http://10.255.255.255', 'http://172.16.0.1', 'http://172.31.255.255', 'http://192.168.1.1', 'http://100.64.0.1', 'http://100.100.100.200', 'http://169.254.169.254', 'http://2852039166', 'http://0xA9FEA9FE',
    'http://192.0.0.192', 'http://198.18.0.1', 'http://224.0.0.1', 'http://239.255.255.250', 'http://240.0.0.1', 'http://255.255.255.255', 'http://168.63.129.16', 'http://metadata.google.internal', 'http://METADATA.google.internal.',
    'http://metadata', 'http://instance-data.ec2.internal',
    // Not even a place to call.
    'ftp://example.com', 'file:///etc/passwd', 'gopher://example.com', 'data:text/plain,x', 'example.com', '', 'http://', 'http://user:pass@example.com', 'http://user@example.com',
  ])('refuses %j', (url) => {
    expect(() => anywhere.check(url)).toThrow(EgressRefused);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::a00:1', '2002:a00:1::', 'fe80::1%eth0', '10.1.2.3', 'not an address', ''])('refuses to dial %j', (address) => {
    expect(dialled(anywhere, address)).toThrow(EgressRefused);
  });

  it.each(['8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('dials %s', (address) => {
    expect(dialled(anywhere, address)).not.toThrow();
  });

  it('tells operators why, and never the host', () => {
    expect(() => anywhere.check('http://10.9.8.7/')).toThrow(expect.objectContaining({ message: expect.stringContaining('OUTBOUND_PRIVATE_ALLOW'), host: '10.9.8.7' }));
    expect(() => anywhere.check('http://10.9.8.7/')).not.toThrow(/10\.9/);
  });
});

describe('egress, with a whitelist', () => {
  const rules = new EgressRules({ whitelist: ['api.openai.com', '*.Example.com', 'proxy.test:8443', 'https://schemed.test/v1', '10.0.0.5', '[2606:4700::1]'] });

  it.each(['https://api.openai.com/v1', 'https://API.OPENAI.COM./v1', 'https://a.example.com', 'https://a.b.example.com', 'https://proxy.test:8443/', 'https://schemed.test', 'https://[2606:4700::1]/'])('allows %s', (url) => {
    expect(() => rules.check(url)).not.toThrow();
  });

  it.each([
    'https://api.openai.com.evil.test', 'https://evilapi.openai.com', 'https://openai.com', 'https://example.com', 'https://evilexample.com', 'https://proxy.test', 'https://api.openai.com@evil.test', 'https://8.8.8.8', 'https://evil.test/api.openai.com',
  ])('refuses %s', (url) => {
    expect(() => rules.check(url)).toThrow(/OUTBOUND_WHITELIST|Credentials/);
  });

  it('refuses a private address even by name', () => {
    expect(() => rules.check('http://10.0.0.5/')).toThrow(/OUTBOUND_PRIVATE_ALLOW/);
  });
});

describe('egress, with private addresses allowed', () => {
  const rules = new EgressRules({ privateAllow: ['127.0.0.0/8', '10.1.0.0/16', 'fd12::/16', '192.168.1.7'] });

  it.each(['http://127.0.0.1:11434', 'http://localhost:11434', 'http://[::1]:11434', 'http://2130706433', 'http://10.1.255.1', 'http://[fd12::1]', 'http://192.168.1.7', 'http://[::ffff:10.1.0.1]', 'http://[64:ff9b::10.1.0.1]'])('allows %s', (url) => {
    expect(() => rules.check(url)).not.toThrow();
  });

  it.each(['http://10.2.0.1', 'http://[fd13::1]', 'http://192.168.1.8', 'http://169.254.169.254', 'http://metadata.google.internal'])('refuses %s', (url) => {
    expect(() => rules.check(url)).toThrow(EgressRefused);
  });

  it.each(['10.0.0.0/33', '10.0.0.0/x', 'example.com', '10.0.0.0/', '::/129'])('cannot be made of %j', (cidr) => {
    expect(() => new EgressRules({ privateAllow: [cidr] })).toThrow(RangeError);
  });
});
