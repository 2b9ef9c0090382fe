import type { Identity } from '@higress/auth';
import { DomainError } from '@higress/kernel';

/**
 * The tenant whose rows a list may show; null is all.
 * @param wanted what the caller filters by
 * @throws DomainError FORBIDDEN for a tenant that is not the caller's
 */
export function visibleTenant(caller: Identity, wanted: string | undefined): string | null {
  if (wanted === undefined || caller.seesAllTenants) return wanted ?? caller.visibleTenantId;
  if (wanted !== caller.tenantId) throw new DomainError('FORBIDDEN', { param: 'tenant_id' });
  return wanted;
}
