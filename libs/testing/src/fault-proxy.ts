import { EventEmitter, once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { RESET_AFTER_MS } from './provider-perform';

/** What the network does to every connection, open ones included. Nothing set: it carries bytes. */
export interface Faults {
  /** Added to each direction. */
  latencyMs?: number;
  /** Of each direction of each connection. */
  bytesPerSecond?: number;
  /** Bytes wait and nothing answers, new connections included; they flow again when this is lifted, as after a cut cable. */
  blackHole?: boolean;
  /** New connections are accepted and closed at once. */
  drop?: boolean;
  /** A connection is reset when the target has sent this many bytes over it. */
  resetAfterBytes?: number;
}

export interface FaultProxy {
  readonly port: number;
  /** The target's URL with this proxy's address in it; `127.0.0.1:<port>` when the target was a port. */
  readonly url: string;
  readonly faults: Readonly<Faults>;
  /** Connections open now. */
  readonly connections: number;
  /** Replaces all faults, at once. */
  set(faults: Faults): void;
  /** Resets every open connection. */
  cut(): void;
  /** Stops listening and resets every connection, so that callers are refused; `open()` takes the same port again. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Bytes of one direction that may wait here before the sender is told to wait. */
const HELD_BYTES = 256 * 1024;

/** A TCP proxy on loopback that misbehaves as told, before a Redis, a Postgres or a provider. `target`: a URL with a port, or a port. */
export async function faultProxy({ target }: { target: string | number }): Promise<FaultProxy> {
  const to = typeof target === 'number' ? { host: '127.0.0.1', port: target } : addressOf(target);
  const weather = new Weather();
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (weather.faults.drop) return void client.destroy();
    const upstream = connect({ ...to, allowHalfOpen: true });
    for (const socket of [client, upstream]) open.add(socket.setNoDelay(true).on('error', () => undefined).once('close', () => open.delete(socket)));
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
    const reset = () => [client, upstream].forEach((socket) => socket.resetAndDestroy());
    carry(client, upstream, weather, () => undefined);
    carry(upstream, client, weather, (sent) => sent >= (weather.faults.resetAfterBytes ?? Infinity) && pause(RESET_AFTER_MS).then(reset));
  });
  const listen = async (port: number) => void (await once(server.listen(port, '127.0.0.1'), 'listening'));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = () => open.forEach((socket) => socket.resetAndDestroy());
  const shut = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    cut();
    await closed;
  };
  return {
    port,
    url: typeof target === 'number' ? `127.0.0.1:${port}` : withPort(target, port),
    get faults() {
      return weather.faults;
    },
    get connections() {
      return open.size / 2;
    },
    set: (faults) => weather.change(faults),
    cut,
    shut,
    open: () => listen(port),
    close: shut,
  };
}

/** The faults of the moment, and word of their change. */
class Weather extends EventEmitter {
  faults: Faults = {};

  constructor() {
    super();
    this.setMaxListeners(0);
  }

  change(faults: Faults): void {
    this.faults = { ...faults };
    this.emit('change');
  }

  async calm(): Promise<void> {
    while (this.faults.blackHole) await once(this, 'change');
  }
}

/** Moves bytes one way, each when its time has come; `onSent` hears the total after every write. */
function carry(from: Socket, to: Socket, weather: Weather, onSent: (total: number) => unknown): void {
  const waiting: { bytes: Buffer; dueMs: number }[] = [];
  let held = 0;
  let total = 0;
  let isMoving = false;

  const deliver = async (bytes: Buffer) => {
    const { bytesPerSecond, resetAfterBytes } = weather.faults;
    const portion = Math.max(1, Math.min(bytes.length, bytesPerSecond ? Math.ceil(bytesPerSecond / 20) : bytes.length, resetAfterBytes ? Math.max(1, resetAfterBytes - total) : bytes.length));
    const now = bytes.subarray(0, portion);
    if (bytesPerSecond) await pause((now.length / bytesPerSecond) * 1000);
    if (!to.write(now)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    total += now.length;
    await onSent(total);
    return bytes.subarray(portion);
  };

  const move = async () => {
    isMoving = true;
    for (let next = waiting[0]; next && !to.destroyed; next = waiting[0]) {
      if (next.dueMs > Date.now()) await pause(next.dueMs - Date.now());
      await weather.calm();
      if (to.destroyed) break;
      const size = next.bytes.length;
      next.bytes = await deliver(next.bytes);
      held -= size - next.bytes.length;
      if (next.bytes.length === 0) waiting.shift();
      if (held < HELD_BYTES) from.resume();
    }
    isMoving = false;
    if (from.readableEnded && !to.destroyed) to.end();
  };
  const run = () => void (isMoving || move().catch(() => to.destroy()));

  from.on('data', (bytes: Buffer) => {
    waiting.push({ bytes, dueMs: Date.now() + (weather.faults.latencyMs ?? 0) });
    held += bytes.length;
    if (held >= HELD_BYTES) from.pause();
    run();
  });
  from.on('end', run);
}

function addressOf(target: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(target);
  const usual: Record<string, number> = { 'redis:': 6379, 'postgres:': 5432, 'postgresql:': 5432, 'http:': 80 };
  return { host: hostname, port: Number(port) || (usual[protocol] ?? 0) };
}

function withPort(target: string, port: number): string {
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return url.href;
}
