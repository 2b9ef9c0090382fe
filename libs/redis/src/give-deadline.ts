import type { Command } from 'ioredis';

/**
 * Rejects `command` when no answer was read within `deadlineMs`, and calls `onLate` then.
 *
 * Not ioredis' own `commandTimeout`: a timer counts from the start of the event loop's turn and fires before the sockets are read,
 * so a busy process would throw away answers that are already there and call a healthy Redis away.
 */
export function giveDeadline(command: Command, deadlineMs: number, onLate?: () => void): void {
  const sentAt = performance.now();
  let timer = setTimeout(onTimer, deadlineMs);
  const clear = () => clearTimeout(timer);
  command.promise.then(clear, clear);

  function onTimer(): void {
    const leftMs = deadlineMs - (performance.now() - sentAt);
    if (leftMs >= 1) timer = setTimeout(onTimer, leftMs);
    else setImmediate(giveUp); // the sockets are read between a timer and an immediate
  }

  function giveUp(): void {
    if (command.isResolved) return;
    onLate?.();
    command.reject(new Error('Command timed out'));
  }
}
