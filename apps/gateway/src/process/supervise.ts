import cluster from 'node:cluster';

/** A process that dies this soon after its start would die again at once. */
const TOO_SOON_MS = 2_000;
const RESTART_DELAY_MS = 1_000;

/** Runs `count` gateway processes on one port, replaces one that dies, and hands SIGTERM, SIGINT and SIGHUP on. Ends when they have. */
export function supervise(count: number): void {
  let stopping = false;
  const start = () => {
    const startedAt = Date.now();
    cluster.fork().once('exit', (code) => {
      if (stopping) return;
      if (code === 1 && Date.now() - startedAt < TOO_SOON_MS) {
        process.exitCode = 1;
        stopping = true;
        signalAll('SIGTERM');
        return;
      }
      setTimeout(start, RESTART_DELAY_MS);
    });
  };
  const signalAll = (signal: NodeJS.Signals) => Object.values(cluster.workers ?? {}).forEach((worker) => worker?.process.kill(signal));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stopping = true;
      signalAll(signal);
    });
  }
  process.on('SIGHUP', () => signalAll('SIGHUP'));
  for (let i = 0; i < count; i++) start();
}
