import type { Deployment } from '@higress/kernel';

/**
 * Orders the deployments that may serve a call, best first.
 * Pure: `random` gives numbers in [0, 1) and is the only source of chance, so the same numbers give the same order.
 */
export type Strategy = (deployments: readonly Deployment[], random: () => number) => Deployment[];
