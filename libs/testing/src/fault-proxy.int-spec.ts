import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually, faultProxy, type FaultProxy } from '../index';

describe('faultProxy', () => {
  let echo: Server;
  let proxy: FaultProxy;
  const clients: Socket[] = [];

  beforeAll(async () => {
    echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    proxy = await faultProxy({ target: (echo.address() as AddressInfo).port });
  });

  afterEach(() => {
    proxy.set({});
    clients.splice(0).forEach((client) => client.destroy());
  });

  afterAll(async () => {
    await proxy.close();
    echo.close();
  });

  async function dial(): Promise<Socket> {
    const client = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    clients.push(client);
    await once(client, 'connect');
    return client;
  }

  async function echoed(client: Socket, bytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of client.iterator({ destroyOnReturn: false })) {
      parts.push(part as Buffer);
      if (Buffer.concat(parts).length >= bytes) break;
    }
    return Buffer.concat(parts);
  }

  it('carries bytes both ways and closes when either side does', async () => {
    const client = await dial();
    client.end(Buffer.alloc(1_000_000, 'x'));
    expect((await echoed(client, Infinity)).length).toBe(1_000_000);
  });

  it('adds latency to each direction', async () => {
    const client = await dial();
    proxy.set({ latencyMs: 60 });
    const start = performance.now();
    client.write('ping');
    expect((await echoed(client, 4)).toString()).toBe('ping');
    expect(performance.now() - start).toBeGreaterThan(115);
  });

  it('throttles', async () => {
    const client = await dial();
    proxy.set({ bytesPerSecond: 100_000 });
    const start = performance.now();
    client.write(Buffer.alloc(20_000));
    await echoed(client, 20_000);
    expect(performance.now() - start).toBeGreaterThan(190);
  });

  it('holds bytes in a black hole and lets them flow when it is lifted', async () => {
    const client = await dial();
    let heard = '';
    client.on('data', (part) => (heard += part.toString()));
    proxy.set({ blackHole: true });
    client.write('held');
    const other = await dial();
    other.write('too');
    await eventually('the proxy has both connections', () => proxy.connections === 2);
    expect(heard).toBe('');
    proxy.set({});
    await eventually('what was held arrives', () => heard === 'held');
  });

  it('resets a connection after so many bytes of the target', async () => {
    const client = await dial();
    let heard = 0;
    client.on('data', (part) => (heard += part.length));
    const failed = once(client, 'error');
    proxy.set({ resetAfterBytes: 10 });
    client.write(Buffer.alloc(100));
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(heard).toBe(10);
  });

  it('drops, cuts and refuses', async () => {
    const client = await dial();
    const reset = once(client, 'error');
    proxy.cut();
    await reset;
    proxy.set({ drop: true });
    await once(await dial(), 'close');
    await proxy.shut();
    await expect(once(connect(proxy.port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.open();
    proxy.set({});
    await dial();
  });

  it('puts its own address into the URL of the target', async () => {
    const before = await faultProxy({ target: 'postgres://me:pw@127.0.0.1:5432/db?sslmode=disable' });
    expect(before.url).toBe(`postgres://me:pw@127.0.0.1:${before.port}/db?sslmode=disable`);
    await before.close();
  });
});
