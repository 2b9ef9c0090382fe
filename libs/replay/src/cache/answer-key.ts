import { createHash } from 'node:crypto';

/**
 * Where the answer to a question lies in Redis, under the cache's prefix. The tenant is an argument and stands in the key itself, so that two tenants cannot meet even
 * where everything else is the same. Braces: the answer and its lock lie in one slot of a cluster.
 * @param target everything that the answer depends on beside the body
 */
export function answerKey(tenantId: string, target: string, body: Uint8Array): string {
  const digest = createHash('sha256').update(`${tenantId}\n${target}\n`).update(body).digest('base64url');
  return `answer:{${tenantId}:${digest}}`;
}
