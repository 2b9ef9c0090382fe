import type { Requester } from '@higress/database';
import { DomainError } from '@higress/kernel';

/**
 * The tenant whose rows a list may show; null is all.
 * @param wanted what the caller filters by, or puts something into
 * @throws DomainError NOT_FOUND for a tenant that is not the caller's, whether it exists or not
 */
export function visibleTenant({ tenantId }: Requester, wanted: string): string;
export function visibleTenant({ tenantId }: Requester, wanted: string | undefined): string | null;
export function visibleTenant({ tenantId }: Requester, wanted: string | undefined): string | null {
  if (wanted === undefined || tenantId === null || wanted === tenantId) return wanted ?? tenantId;
  throw new DomainError('NOT_FOUND', { param: 'tenant_id', message: 'There is no such tenant.' });
}
