import type { Deployment } from '@higress/kernel';
import type { Strategy } from './strategy';

/** Lower priorities first; within one, drawn without replacement in proportion to the weights. Weight 0 comes last in its priority. */
export const byPriorityAndWeight: Strategy = (deployments, random) => {
  if (deployments.length === 1) return [...deployments];
  const keyed = deployments.map((deployment) => ({ deployment, key: deployment.weight > 0 ? drawKey(deployment, random) : Number.POSITIVE_INFINITY }));
  keyed.sort((a, b) => a.deployment.priority - b.deployment.priority || compare(a.key, b.key));
  return keyed.map(({ deployment }) => deployment);
};

/** The exponential race (Efraimidis and Spirakis): sorting by −ln(u) ÷ weight draws without replacement in proportion to the weights. */
function drawKey(deployment: Deployment, random: () => number): number {
  return -Math.log(1 - random()) / deployment.weight;
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
