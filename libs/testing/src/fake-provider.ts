import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { within } from './eventually';
import { ProviderCall } from './provider-call';
import { perform } from './provider-perform';
import type { Play } from './provider-play';

/** A {@link Play}, or what makes one from the call. */
export type Script = Play | ((call: ProviderCall) => Play);

export interface FakeProvider {
  /** The base URL, ending in `/v1`. */
  readonly url: string;
  readonly port: number;
  /** Every request so far, in order of arrival, each recorded when its body is whole. */
  readonly calls: readonly ProviderCall[];
  /** The plays of the next calls, one each, in order. */
  next(...scripts: Script[]): void;
  /** The play of every call for which there is none in the queue. */
  always(script: Script): void;
  /** The call with this number, counted from 0, as soon as it arrives; at most 10 s. */
  call(index: number): Promise<ProviderCall>;
  /** Forgets the calls and the plays. */
  reset(): void;
  /** Refuses connections until `open()`. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** A real HTTP server on loopback that speaks OpenAI's form, misbehaves as scripted and remembers every call. */
export async function fakeProvider(): Promise<FakeProvider> {
  let calls: ProviderCall[] = [];
  let queue: Script[] = [];
  let usual: Script = {};
  const arrivals = new EventEmitter().setMaxListeners(0);

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const call = new ProviderCall(request, response, await bytesOf(request));
    const script = queue.shift() ?? usual;
    calls.push(call);
    arrivals.emit('call');
    await perform(call, response, typeof script === 'function' ? script(call) : script);
  };
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  const listen = async (port: number) => void (await once(server.listen(port, '127.0.0.1'), 'listening'));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const shut = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    server.closeAllConnections();
    await closed;
  };

  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    get calls() {
      return calls;
    },
    next: (...scripts) => void queue.push(...scripts),
    always: (script) => void (usual = script),
    call: async (index) => {
      const arrived = async () => {
        while (!calls[index]) await once(arrivals, 'call');
        return calls[index] as ProviderCall;
      };
      return within(10_000, `call ${index} of the fake provider`, arrived());
    },
    reset: () => {
      calls = [];
      queue = [];
      usual = {};
    },
    shut,
    open: () => listen(port),
    close: shut,
  };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
