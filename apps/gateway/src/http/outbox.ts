let waiting: (() => void)[] = [];

/**
 * Calls `send` at the end of this turn of the event loop, after those that asked before. Waking the process that reads a socket costs
 * several times what a write costs, and one that is awake takes all: so what a turn has to say leaves in one go.
 */
export function sendLater(send: () => void): void {
  if (waiting.push(send) === 1) setImmediate(sendAll);
}

function sendAll(): void {
  const sends = waiting;
  waiting = [];
  for (const send of sends) send();
}
