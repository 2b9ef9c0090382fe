import type { Ending } from '@higress/kernel';
import { type KeptAnswer, MAX_KEPT_BYTES } from '@higress/replay';
import type { Client, FlatHeaders } from './call';

/**
 * A client whose answer is to be given again: it passes everything on, remembers it, and keeps the last bytes back until {@link release}.
 * So whoever has an answer whole finds the same one when it asks again.
 */
export class HeldClient implements Client {
  private parts: Buffer[] = [];
  private bytes = 0;
  private stream = false;
  private headers: FlatHeaders = [];
  private last: (() => void) | undefined;

  /** @param marks headers that only this answer has, and none that is given again */
  constructor(
    private readonly client: Client,
    private readonly marks: FlatHeaders = [],
  ) {}

  /** True once the client has seen a byte, or will at the release. */
  get begun(): boolean {
    return this.stream || this.last !== undefined;
  }

  /** What was answered; null where it is larger than what is kept. */
  answerOf(requestId: string): KeptAnswer | null {
    if (this.bytes > MAX_KEPT_BYTES) return null;
    return { requestId, status: 200, stream: this.stream, headers: keptHeaders(this.headers), body: Buffer.concat(this.parts) };
  }

  /** Lets the last bytes go. */
  release(): void {
    this.last?.();
  }

  onGone(leave: () => void): void {
    this.client.onGone(leave);
  }

  answer(status: number, headers: FlatHeaders, body: Buffer): void {
    this.headers = headers;
    this.remember(body);
    this.last = () => this.client.answer(status, [...headers, ...this.marks], body);
  }

  begin(headers: FlatHeaders): void {
    this.stream = true;
    this.headers = headers;
    this.client.begin([...headers, ...this.marks]);
  }

  write(bytes: Buffer): boolean {
    this.remember(bytes);
    return this.client.write(bytes);
  }

  drained(over: Ending): Promise<void> {
    return this.client.drained(over);
  }

  end(bytes: Buffer): void {
    this.remember(bytes);
    this.last = () => this.client.end(bytes);
  }

  breakOff(): void {
    this.client.breakOff();
  }

  private remember(bytes: Buffer): void {
    this.bytes += bytes.length;
    if (this.bytes <= MAX_KEPT_BYTES) this.parts.push(bytes);
    else this.parts = [];
  }
}

/** What an answer keeps of its header, its type first: the rest belongs to one request alone. */
const KEPT = ['content-type', 'x-gateway-dropped-params'];

function keptHeaders(headers: FlatHeaders): FlatHeaders {
  return headers.flatMap((name, i) => (i % 2 === 0 && KEPT.includes(name) ? [name, headers[i + 1] as string] : []));
}
