import { isPortFree, portBusyMessage } from '../embedded/index.js';

/**
 * The services to run and where each listens.
 * @param {import('./settings.mjs').UpSettings} settings
 * @returns {{ app: string, name: string, port: number, variable: string }[]} in the order in which they are stopped
 */
export function servicePlan({ replicas, ports }) {
  const gateways = Array.from({ length: replicas }, (_, at) => ({ app: 'gateway', name: replicas === 1 ? 'gateway' : `gateway-${at + 1}`, port: ports.gateway + at, variable: 'PORT' }));
  return [
    ...gateways,
    { app: 'worker', name: 'worker', port: ports.worker, variable: 'WORKER_PORT' },
    { app: 'scheduler', name: 'scheduler', port: ports.scheduler, variable: 'SCHEDULER_PORT' },
    { app: 'board', name: 'board', port: ports.board, variable: 'BOARD_PORT' },
  ];
}

/**
 * @param {ReturnType<typeof servicePlan>} plan
 * @param {string} host
 * @throws {Error} with a sentence for each port that is taken, by somebody else or by two of ours
 */
export async function checkPorts(plan, host) {
  const faults = [];
  for (const [at, { name, port, variable }] of plan.entries()) {
    const rival = plan.slice(0, at).find((other) => other.port === port);
    if (rival) faults.push(`${name} and ${rival.name} are both to listen on port ${port}. Set ${variable} to another.`);
    else if (!(await isPortFree(port, host))) faults.push(portBusyMessage(port, { what: `the ${name}`, variable }));
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
