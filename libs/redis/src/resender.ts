const EVERY_MS = 250;
const FOR_MS = 30_000;
const MOST = 1000;

/** Tries messages again, in their order, until they are sent or 30 s old. Beyond 1000 the oldest is dropped. */
export class Resender {
  readonly #waiting: { channel: string; message: string; until: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly send: (channel: string, message: string) => Promise<unknown>) {}

  add(channel: string, message: string): void {
    this.#waiting.push({ channel, message, until: Date.now() + FOR_MS });
    if (this.#waiting.length > MOST) this.#waiting.shift();
    this.#timer ??= setInterval(() => void this.#resend(), EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#waiting.length = 0;
  }

  async #resend(): Promise<void> {
    const batch = this.#waiting.splice(0).filter((message) => message.until > Date.now());
    const sent = await Promise.allSettled(batch.map(({ channel, message }) => this.send(channel, message)));
    this.#waiting.unshift(...batch.filter((_, i) => sent[i]?.status === 'rejected'));
    if (this.#waiting.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
