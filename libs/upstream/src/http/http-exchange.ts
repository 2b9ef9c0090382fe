import { util, type Dispatcher } from 'undici';
import { LiveAnswer, type AnswerSource } from '../answer/live-answer';
import type { UpstreamAnswer, UpstreamCall } from '../answer/upstream-call';

/** The value of a field of the raw header list, compared by length first: most names differ there. */
function field(raw: readonly Buffer[], name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    const key = raw[i];
    if (key?.length === name.length && key.toString('latin1').toLowerCase() === name) return raw[i + 1]?.toString('latin1').trim().toLowerCase();
  }
  return undefined;
}

/** One request on one socket: undici's callbacks on one side, the answer on the other. */
export class HttpExchange implements Dispatcher.DispatchHandler, AnswerSource {
  private readonly answer: LiveAnswer;
  private abortSocket: (() => void) | undefined;
  private resumeSocket: (() => void) | undefined;

  constructor(
    private readonly call: UpstreamCall,
    private readonly explain: (error: Error) => Error,
  ) {
    this.answer = new LiveAnswer(call, this);
  }

  get started(): Promise<UpstreamAnswer> {
    return this.answer.started;
  }

  get isOver(): boolean {
    return this.answer.isOver;
  }

  get isSent(): boolean {
    return this.abortSocket !== undefined;
  }

  /** No socket was free at once: the connection is being made, or is waited for. */
  awaitSocket(): void {
    this.answer.awaitFirstByte(this.call.connectMs + this.call.firstTokenMs);
  }

  resume(): void {
    this.resumeSocket?.();
  }

  abort(): void {
    this.abortSocket?.();
  }

  onConnect(abort: () => void): void {
    if (this.answer.isOver) return abort();
    this.abortSocket = abort;
    this.answer.awaitFirstByte(this.call.firstTokenMs);
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    if (status < 200) return true;
    this.resumeSocket = resume;
    this.answer.begin(status, () => util.parseHeaders(raw) as UpstreamAnswer['headers'], field(raw, 'content-encoding'), Number(field(raw, 'content-length') ?? 0));
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.answer.push(chunk);
  }

  onComplete(): void {
    this.answer.end();
  }

  onError(error: Error): void {
    this.answer.fail(this.explain(error));
  }
}
