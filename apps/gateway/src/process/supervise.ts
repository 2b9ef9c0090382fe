import cluster from 'node:cluster';

const RESTART_DELAY_MS = 1_000;

/**
 * Runs `count` gateway processes on one port, replaces one that dies, and hands SIGTERM and SIGHUP on; ends when they have.
 * SIGINT becomes SIGTERM for them: a terminal sends it to all of them by itself, and a second one would cut short what they finish.
 * One that fails before it has started, because its settings are not valid, would fail again: then all of them stop.
 */
export function supervise(count: number): void {
  let stopping = false;
  const signalAll = (signal: NodeJS.Signals) => Object.values(cluster.workers ?? {}).forEach((worker) => worker?.process.kill(signal));
  const stop = () => {
    stopping = true;
    signalAll('SIGTERM');
  };
  const start = () => {
    if (stopping) return;
    let hasStarted = false;
    const worker = cluster.fork();
    worker.once('message', () => (hasStarted = true));
    worker.once('exit', (code) => {
      if (stopping) return;
      if (hasStarted || code !== 1) return void setTimeout(start, RESTART_DELAY_MS);
      process.exitCode = 1;
      stop();
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => signalAll('SIGHUP'));
  for (let i = 0; i < count; i++) start();
}

/** Tells the supervisor, if there is one, that this process has started. */
export function tellStarted(): void {
  process.send?.('started');
}
