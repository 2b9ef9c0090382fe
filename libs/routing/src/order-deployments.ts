import type { Deployment, Model } from '@higress/kernel';
import { strategies } from './strategies';

/** The model's deployments in the order in which its strategy would try them. */
export function orderDeployments(model: Model, random: () => number = Math.random): Deployment[] {
  return strategies[model.strategy](model.deployments, random);
}
