import { readdirSync, readFileSync } from 'node:fs';

/** Linux's unit in /proc, the same on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 100;

/** CPU time in microseconds of these processes with all their threads and the children they have buried. A process that is gone counts 0. */
export function cpuMicros(pids) {
  return pids.reduce((sum, pid) => {
    const isThread = String(pid).includes('/'); // a thread's line repeats what its process buried
    const [utime, stime, cutime, cstime] = statFields(pid)?.slice(11, 15).map(Number) ?? [0, 0, 0, 0];
    return sum + ((utime + stime + (isThread ? 0 : cutime + cstime)) / TICKS_PER_SECOND) * 1e6;
  }, 0);
}

/** CPU time in microseconds of the thread that runs JavaScript, and of all others together: garbage collection, compilation, files. */
export function cpuByThread(pid) {
  const micros = readdirSync(`/proc/${pid}/task`).map((tid) => [Number(tid) === pid, cpuMicros([`${pid}/task/${tid}`])]);
  const sum = (isMain) => micros.reduce((all, [main, us]) => all + (main === isMain ? us : 0), 0);
  return { main: sum(true), others: sum(false) };
}

/** The process and its living children: Postgres with its backends. */
export function withChildren(pid) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return [pid, ...all.filter((other) => Number(statFields(other)?.[1]) === pid)];
}

/** Fields of /proc/PID/stat from the third (state) on; null when there is no such process. */
function statFields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Watches the resident memory of processes; `stop()` returns the highest sum seen, in MB. */
export function watchMemory(pids) {
  let peakKb = 0;
  const look = () => (peakKb = Math.max(peakKb, pids.reduce((sum, pid) => sum + residentKb(pid), 0)));
  look();
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peakKb / 1024;
    },
  };
}

function residentKb(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
