import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { EgressRules, Upstream, type EgressRefused, type Resolve } from '../../index';
import { aCall } from '../fixtures/a-call';
import { systemResolve } from './checked-connector';
import { SELF_SIGNED } from '../fixtures/self-signed';

let server: Server;
let port: number;
let hosts: (string | undefined)[];

beforeAll(async () => {
  server = createServer((request, response) => {
    hosts.push(request.headers.host);
    response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => (hosts = []));
afterAll(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));

/** A resolver whose answers differ each time it is asked; the last one stays. */
function answering(...answers: string[][]): Resolve & { asked: number } {
  const resolve = (_: string, done: Parameters<Resolve>[1]) => {
    const addresses = answers[Math.min(resolve.asked++, answers.length - 1)] ?? [];
    done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  resolve.asked = 0;
  return resolve;
}

async function calling(url: string, resolve: Resolve, rules = new EgressRules({ privateAllow: ['127.0.0.1/32'] })) {
  const refused: EgressRefused[] = [];
  const upstream = new Upstream({ egress: rules, resolve, onEgressRefused: (_, refusal) => refused.push(refusal) });
  try {
    const answer = await upstream.call(aCall(url));
    await answer.readAll();
    return { outcome: answer.status, refused };
  } catch (error) {
    return { outcome: (error as { code: string }).code, refused, message: (error as Error).message };
  } finally {
    await upstream.close();
  }
}

describe('the address that is dialled', () => {
  it('is the one that was checked, under the name in the Host field', async () => {
    const resolve = answering(['127.0.0.1']);
    expect(await calling(`http://model.test:${port}/v1`, resolve)).toMatchObject({ outcome: 200 });
    expect(hosts).toEqual([`model.test:${port}`]);
    expect(resolve.asked).toBe(1);
  });

  it('does not change with a second answer of the resolver', async () => {
    const resolve = answering(['127.0.0.1'], ['169.254.169.254']);
    expect(await calling(`http://rebinding.test:${port}/v1`, resolve)).toMatchObject({ outcome: 200 });
    expect(resolve.asked).toBe(1);
  });

  it.each([[['10.0.0.1']], [['169.254.169.254']], [['::ffff:10.0.0.1']], [['fe80::1']], [['2002:a00:1::']], [['127.0.0.1', '10.0.0.1']], [['8.8.8.8', '::1', '10.0.0.1']]])('is never among %j', async (addresses) => {
    const { outcome, refused, message } = await calling(`http://innocent.test:${port}/v1`, answering(addresses));
    expect(outcome).toBe('NO_AVAILABLE_UPSTREAM');
    expect(refused).toMatchObject([{ host: 'innocent.test' }]);
    expect(message).not.toMatch(/innocent|10\.|169/);
    expect(hosts).toEqual([]);
  });

  it('is refused although its name is in the whitelist', async () => {
    const rules = new EgressRules({ whitelist: ['listed.test'] });
    expect(await calling(`http://listed.test:${port}/v1`, answering(['127.0.0.1']), rules)).toMatchObject({ outcome: 'NO_AVAILABLE_UPSTREAM' });
  });

  it('is not looked up for a name that is not in the whitelist', async () => {
    const resolve = answering(['127.0.0.1']);
    expect(await calling('http://other.test/v1', resolve, new EgressRules({ whitelist: ['listed.test'] }))).toMatchObject({ outcome: 'NO_AVAILABLE_UPSTREAM', refused: [{ host: 'other.test' }] });
    expect(resolve.asked).toBe(0);
  });

  it('may be a literal only where that is allowed', async () => {
    expect(await calling(`http://127.0.0.1:${port}/v1`, answering())).toMatchObject({ outcome: 200 });
    expect(await calling(`http://2130706433:${port}/v1`, answering(), new EgressRules())).toMatchObject({ outcome: 'NO_AVAILABLE_UPSTREAM' });
  });
});

describe('the system\'s resolver', () => {
  it('answers everybody who waits for a name', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => new Promise<string[]>((resolve) => systemResolve('localhost', (_, addresses) => resolve(addresses.map(({ address }) => address))))));
    expect(answers).toHaveLength(20);
    for (const addresses of answers) expect(addresses).toContain('127.0.0.1');
  });

  it('reports what does not exist', async () => {
    const error = await new Promise((resolve) => systemResolve('no-such-host.invalid', resolve));
    expect(error).toMatchObject({ syscall: 'getaddrinfo' });
  });
});

describe('TLS', () => {
  it('asks for the name, and does not accept a certificate that nobody vouches for', async () => {
    const names: unknown[] = [];
    const tls = createTlsServer({ ...SELF_SIGNED, SNICallback: (name, done) => (names.push(name), done(null)) }).on('tlsClientError', () => undefined);
    await once(tls.listen(0, '127.0.0.1'), 'listening');
    const { outcome, message } = await calling(`https://model.test:${(tls.address() as AddressInfo).port}/v1`, answering(['127.0.0.1']));
    expect(outcome).toBe('UPSTREAM_ERROR');
    expect(message).not.toContain('model.test');
    expect(names).toEqual(['model.test']);
    tls.close();
  });
});
