import type { Command } from 'ioredis';

const STEP_MS = 5;

/**
 * Rejects `command` when no answer was read within `deadlineMs` of this process being awake, and calls `onLate` then.
 *
 * Not ioredis' own `commandTimeout`: one timer counts from the start of the event loop's turn, goes on while the process gets no
 * processor, and fires before the sockets are read. A busy machine would call a healthy Redis away, and limits would no longer be
 * shared. Counted in short steps, of which each lets the sockets be read, a pause of the whole machine is one step however long it was.
 */
export function giveDeadline(command: Command, deadlineMs: number, onLate?: () => void): void {
  let steps = Math.ceil(deadlineMs / STEP_MS);
  let timer = setTimeout(onStep, STEP_MS);
  const clear = () => clearTimeout(timer);
  command.promise.then(clear, clear);

  function onStep(): void {
    steps -= 1;
    if (steps > 0) timer = setTimeout(onStep, STEP_MS);
    else setImmediate(giveUp); // the sockets are read between a timer and an immediate
  }

  function giveUp(): void {
    if (command.isResolved) return;
    onLate?.();
    command.reject(new Error('Command timed out'));
  }
}
