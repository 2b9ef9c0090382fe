import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Who runs where. The system under test has core 0 to itself (a second process of it core 1, where there are four or more);
 * upstream, load, stores and this program have the rest.
 */
export function planCores(count = availableParallelism()) {
  const spare = count >= 4;
  const first = spare ? 2 : 1;
  return {
    count,
    system: '0',
    second: spare ? '1' : '0',
    canShowTwo: spare,
    others: first === count - 1 ? String(first) : `${first}-${count - 1}`,
    otherCores: Array.from({ length: count - first }, (_, i) => first + i),
  };
}

/** Clock ticks of each core since boot. */
export function readCores() {
  const rows = readFileSync('/proc/stat', 'utf8').split('\n').filter((line) => /^cpu\d/.test(line));
  return rows.map((row) => {
    const [user, nice, system, idle, iowait, irq, softirq, steal] = row.split(/\s+/).slice(1).map(Number);
    const busy = user + nice + system + irq + softirq;
    return { busy, steal, total: busy + steal + idle + iowait };
  });
}

/** Shares (0 to 1) of the time between two readings, over the cores named: used by anybody, and taken away by the hypervisor. */
export function coreUse(before, after, cores) {
  const sum = (pick) => cores.reduce((all, core) => all + pick(after[core]) - pick(before[core]), 0);
  const total = sum((core) => core.total) || 1;
  return { busy: sum((core) => core.busy) / total, steal: sum((core) => core.steal) / total };
}
