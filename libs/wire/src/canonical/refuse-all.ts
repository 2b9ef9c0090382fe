import type { Loss } from './loss';

/** Accounts for each parameter that is there and cannot be passed on. */
export function refuseAll(loss: Loss, params: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(params)) if (value !== undefined) loss.param(name);
}
