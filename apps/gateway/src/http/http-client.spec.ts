import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { HttpClient } from './http-client';

const STALLED_MS = 60;
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
/** More than the kernel buffers of both sides hold. */
const MUCH = Buffer.alloc(16 * 1024 * 1024);

describe('HttpClient', () => {
  let server: Server;
  const responses: ServerResponse[] = [];
  beforeAll(async () => {
    server = createServer((_request, response) => {
      responses.push(response);
      server.emit('asked');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  const closeOf = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

  /** A connection that reads nothing unless it is resumed, and the clients of the requests on it. */
  const open = async (requests: number): Promise<{ socket: Socket; clients: HttpClient[] }> => {
    responses.length = 0;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.pause().on('error', () => undefined).write(REQUEST.repeat(requests));
    while (responses.length < requests) await once(server, 'asked');
    return { socket, clients: responses.map((response) => new HttpClient(response, STALLED_MS)) };
  };

  it('tells of the leaving to a call whose answer waits for its turn on the connection', async () => {
    const { socket, clients } = await open(2);
    const left = clients.map((client) => new Promise<void>((resolve) => client.onGone(resolve)));
    const waiting = clients[1] as HttpClient;
    waiting.begin(['content-type', 'text/plain']);
    expect(waiting.write(MUCH)).toBe(false);
    const drained = waiting.drained(new AbortController().signal);
    socket.destroy();
    await Promise.all([...left, drained]);
    expect(waiting.write(Buffer.from('x'))).toBe(true);
  });

  it('tells nothing of a leaving after the answer, and keeps no listener', async () => {
    const { socket, clients } = await open(1);
    const [client] = clients as [HttpClient];
    const { socket: serverSide } = responses[0] as { socket: Socket };
    const before = serverSide.listenerCount('close');
    let hasLeft = false;
    client.onGone(() => (hasLeft = true));
    client.answer(200, [], Buffer.from('{}'));
    expect(serverSide.listenerCount('close')).toBe(before);
    socket.destroy();
    await closeOf(serverSide);
    expect(hasLeft).toBe(false);
  });

  it.each([
    ['a stream', (client: HttpClient) => (client.begin([]), client.write(MUCH), client.drained(new AbortController().signal))],
    ['the last bytes of a stream', (client: HttpClient) => (client.begin([]), client.end(MUCH))],
    ['a whole answer', (client: HttpClient) => client.answer(200, [], MUCH)],
  ])('closes a connection that takes nothing of %s', async (_, send) => {
    const { socket, clients } = await open(1);
    const { socket: serverSide } = responses[0] as { socket: Socket };
    const closed = closeOf(serverSide);
    await send((clients as [HttpClient])[0]);
    await closed;
    socket.destroy();
  });

  it('lets a client that reads have all of it', async () => {
    const { socket, clients } = await open(1);
    (clients as [HttpClient])[0].answer(200, [], MUCH);
    let bytes = 0;
    for await (const part of socket.resume() as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes >= MUCH.length) break;
    }
    expect(bytes).toBeGreaterThanOrEqual(MUCH.length);
    socket.destroy();
  });

  it('cuts an answer that nobody will end, and none that was ended', async () => {
    const { socket, clients } = await open(1);
    const [client] = clients as [HttpClient];
    client.begin([]);
    client.write(Buffer.from('x'));
    client.abandon();
    await closeOf(socket.resume());
    const second = await open(1);
    const [ended] = second.clients as [HttpClient];
    ended.answer(200, [], Buffer.from('whole'));
    ended.abandon();
    for await (const part of second.socket.resume() as AsyncIterable<Buffer>) {
      expect(part.toString()).toContain('whole');
      break;
    }
    second.socket.destroy();
  });

  it('lets what was said leave before an answer is broken off, and never its end', async () => {
    const { socket, clients } = await open(1);
    const [client] = clients as [HttpClient];
    client.begin(['transfer-encoding', 'chunked']);
    client.write(Buffer.from('half'));
    client.breakOff();
    let heard = '';
    for await (const part of socket.resume() as AsyncIterable<Buffer>) heard += part.toString();
    expect(heard).toMatch(/4\r\nhalf\r\n$/);
  });

  it('waits for a reader no longer than the call lives', async () => {
    const { socket, clients } = await open(1);
    const [client] = clients as [HttpClient];
    client.begin([]);
    client.write(MUCH);
    const over = new AbortController();
    const drained = client.drained(over.signal);
    over.abort();
    await drained;
    await client.drained(over.signal);
    socket.destroy();
  });
});
