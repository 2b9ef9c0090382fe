import { IpAllowList } from './ip-allow-list';

describe('IpAllowList', () => {
  const list = new IpAllowList(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1']);

  it.each(['10.255.0.1', '192.0.2.7', '2001:db8:1::5', '::1', '0:0:0:0:0:0:0:1', '::ffff:10.1.2.3', '::FFFF:192.0.2.7', '::ffff:a01:203'])('allows %s', (ip) => {
    expect(list.allows(ip)).toBe(true);
  });

  it.each(['11.0.0.1', '192.0.2.8', '2001:db9::1', '::2', '::ffff:11.0.0.1', '', 'localhost', '10.0.0.1.', '10.0.0.1/8'])('refuses %s', (ip) => {
    expect(list.allows(ip)).toBe(false);
  });

  it('takes a zone off, and reads a mapped network', () => {
    expect(new IpAllowList(['fe80::/10']).allows('fe80::1%eth0')).toBe(true);
    const mapped = new IpAllowList(['::ffff:10.0.0.0/104']);
    expect([mapped.allows('10.9.9.9'), mapped.allows('11.0.0.1')]).toEqual([true, false]);
  });

  it('allows everything of a family by /0, and nothing by what is no address', () => {
    expect(new IpAllowList(['0.0.0.0/0']).allows('203.0.113.9')).toBe(true);
    expect(new IpAllowList(['0.0.0.0/0']).allows('2001:db8::1')).toBe(false);
    for (const odd of ['10.0.0.0/33', 'all', '10.0.0.0/x', '/8']) expect(new IpAllowList([odd]).allows('10.0.0.1')).toBe(false);
  });
});
