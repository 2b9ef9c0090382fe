import type { DestinationStream } from 'pino';

const GATHER_BYTES = 32 * 1024;
const GATHER_MS = 200;

/**
 * Log lines on their way, passed on together: each write to the system costs more than the line in it. What is gathered is passed on after
 * 200 ms, when it comes to 32 KB, and at the end of the process.
 */
export class GatheredLines implements DestinationStream {
  private lines: string[] = [];
  private length = 0;

  constructor(private readonly sink: DestinationStream) {
    setInterval(() => this.flush(), GATHER_MS).unref();
    // Before the sink's own listeners, which end it.
    process.prependListener('beforeExit', () => this.flush());
    process.prependListener('exit', () => this.flush());
  }

  write(line: string): void {
    this.lines.push(line);
    this.length += line.length;
    if (this.length >= GATHER_BYTES) this.flush();
  }

  flush(): void {
    if (this.length === 0) return;
    const text = this.lines.join('');
    this.lines = [];
    this.length = 0;
    this.sink.write(text);
  }
}
