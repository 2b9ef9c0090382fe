import type { RoutingStrategy } from '@higress/kernel';
import { byPriorityAndWeight } from './priority-weight';
import type { Strategy } from './strategy';

/** Every strategy that a model may name. */
export const strategies = { 'priority-weight': byPriorityAndWeight } satisfies Record<RoutingStrategy, Strategy>;
