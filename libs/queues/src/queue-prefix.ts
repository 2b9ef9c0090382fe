/**
 * What every key of the queues begins with, under the installation's own prefix (`CACHE_PREFIX`).
 * The braces are a cluster's hash tag: a queue's scripts touch many keys, and all of them must lie in one slot.
 */
export function queuePrefix(cachePrefix: string): string {
  return `{${cachePrefix}queue}`;
}
