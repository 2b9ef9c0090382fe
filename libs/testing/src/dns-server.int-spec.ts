import { Resolver } from 'node:dns/promises';
import { dnsServer, type DnsServer } from './dns-server';

describe('dnsServer', () => {
  let server: DnsServer;
  const resolver = () => {
    const made = new Resolver({ timeout: 1000, tries: 1 });
    made.setServers([`127.0.0.1:${server.port}`]);
    return made;
  };
  beforeAll(async () => {
    server = await dnsServer();
  });
  afterAll(() => server.close());

  it('answers what it is told, and something else the next time', async () => {
    server.answer('moving.test', (nth) => (nth === 0 ? ['192.0.2.1', '2001:db8::1'] : ['127.0.0.1', '::ffff:127.0.0.2']));
    const dns = resolver();
    expect(await dns.resolve4('Moving.test')).toEqual(['192.0.2.1']);
    expect(await dns.resolve4('moving.test')).toEqual(['127.0.0.1']);
    expect(await dns.resolve6('moving.test')).toEqual(['2001:db8::1']);
    expect(await dns.resolve6('moving.test')).toEqual(['::ffff:127.0.0.2']);
    expect(server.asked('moving.test')).toBe(2);
  });

  it('has nothing for other names', async () => {
    await expect(resolver().resolve4('nothing.test')).rejects.toMatchObject({ code: 'ENODATA' });
    expect(server.asked('nothing.test')).toBe(0);
  });
});
