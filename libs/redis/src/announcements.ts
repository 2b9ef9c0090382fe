import { randomUUID } from 'node:crypto';
import { afterAwake } from './after-awake';
import type { RedisConnection } from './open-redis';
import { Resender } from './resender';

type Handler = (payload: object) => void;

/** Together: a subscription that hears nothing any more is known within half a second. */
const ECHO_EVERY_MS = 250;
const ECHO_DEADLINE_MS = 200;
/** A socket that has brought no echo for this long is replaced. */
const DEAD_AFTER_MS = 1000;

/**
 * Tells every process what has changed, so that it drops what it remembers. At most once: a process that was not `connected` has
 * missed some and must look at the truth again, which is what `onReconnect` is for.
 *
 * It listens to an echo of its own, so that `connected` speaks of the whole way, not of a socket that may be dead without being closed.
 */
export class Announcements {
  #live = false;
  #subscribing = 0;
  #awaitedEcho = '';
  #echoes = 0;
  #heardAt = performance.now();
  #mayHaveMissed = true;
  #cancelDeadline: () => void = () => undefined;
  readonly #handlers = new Map<string, Handler[]>();
  readonly #onReconnect: (() => void)[] = [];
  readonly #echoChannel: string;
  readonly #resender: Resender;
  readonly #echoing: NodeJS.Timeout;

  /** @param subscriber a connection of its own (role `subscriber`); @param prefix begins the channels' names */
  constructor(
    private readonly publisher: RedisConnection,
    private readonly subscriber: RedisConnection,
    private readonly prefix: string,
  ) {
    this.#resender = new Resender((channel, message) => publisher.publish(channel, message));
    this.#echoChannel = this.#channel(`echo:${randomUUID()}`);
    subscriber.on('message', (channel: string, message: string) => this.#heard(channel, message));
    subscriber.on('close', () => this.#lost());
    void this.#subscribe(this.#echoChannel).then(() => this.#echo());
    this.#echoing = setInterval(() => this.#echo(), ECHO_EVERY_MS).unref();
  }

  /** False while announcements may be missed. */
  get connected(): boolean {
    return this.#live;
  }

  /** Calls `handler` with each payload announced on `topic`, this process's own included. */
  on(topic: string, handler: Handler): void {
    const channel = this.#channel(topic);
    const handlers = this.#handlers.get(channel);
    if (handlers) handlers.push(handler);
    else {
      this.#handlers.set(channel, [handler]);
      void this.#subscribe(channel);
    }
  }

  /** Calls `handler` each time listening has begun, the first time included: what changed before that may not have been heard. */
  onReconnect(handler: () => void): void {
    this.#onReconnect.push(handler);
  }

  /** Resolves once it was handed to Redis, or else put aside to be tried again for 30 s. Never rejects. */
  async publish(topic: string, payload: object): Promise<void> {
    const channel = this.#channel(topic);
    const message = JSON.stringify(payload);
    await this.publisher.publish(channel, message).catch(() => this.#resender.add(channel, message));
  }

  /** Stops listening to itself and trying again. The connections belong to whoever opened them. */
  close(): void {
    this.#live = false;
    clearInterval(this.#echoing);
    this.#cancelDeadline();
    this.#resender.close();
  }

  #channel(topic: string): string {
    return `${this.prefix}${topic}`;
  }

  /** Waits for Redis as long as it takes; ioredis subscribes again after a reconnect. */
  async #subscribe(channel: string): Promise<void> {
    this.#subscribing += 1;
    await this.subscriber.subscribe(channel).catch(() => undefined); // rejected only when the connection is closed for good
    this.#subscribing -= 1;
  }

  #heard(channel: string, message: string): void {
    if (channel === this.#echoChannel) return this.#heardEcho(message);
    const payload = objectOf(message);
    if (payload) this.#handlers.get(channel)?.forEach((handler) => handler(payload));
  }

  #echo(): void {
    if (this.#awaitedEcho) return;
    this.#awaitedEcho = String((this.#echoes += 1));
    this.publisher.publish(this.#echoChannel, this.#awaitedEcho).catch(() => undefined);
    this.#cancelDeadline = afterAwake(ECHO_DEADLINE_MS, () => this.#deaf());
  }

  #heardEcho(message: string): void {
    if (message !== this.#awaitedEcho) return;
    this.#cancelDeadline();
    this.#awaitedEcho = '';
    this.#heardAt = performance.now();
    if (this.#live || this.#subscribing > 0) return;
    this.#live = true;
    if (!this.#mayHaveMissed) return;
    this.#mayHaveMissed = false;
    this.#onReconnect.forEach((handler) => handler());
  }

  #lost(): void {
    this.#live = false;
    this.#mayHaveMissed = true;
  }

  /** What is late on a socket still comes; what was sent while there was none does not. A cluster changes its sockets unseen. */
  #deaf(): void {
    this.#awaitedEcho = '';
    this.#live = false;
    const { status, isCluster } = this.subscriber;
    if (isCluster) this.#mayHaveMissed = true;
    if (performance.now() - this.#heardAt < DEAD_AFTER_MS || (status !== 'ready' && status !== 'connect')) return;
    this.#heardAt = performance.now();
    this.subscriber.disconnect(true);
  }
}

/** Null for anything but an object: whoever reaches Redis can publish. */
function objectOf(message: string): object | null {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
