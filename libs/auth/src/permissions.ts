/**
 * What a route may ask for. `platform:*` is for the whole installation, `tenant:*` for the caller's tenant, `self:*` for the caller alone.
 * Which role has which is in the table `roles`: `owner` {*}, `admin` {tenant:*}, `auditor` {tenant:read}, `member` {self:*}.
 */
export const PERMISSIONS = ['platform:read', 'platform:write', 'platform:credit', 'tenant:read', 'tenant:write', 'self:read', 'self:write'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** True when one of the grants is the permission, or a wildcard over it. Whoever may do it to a tenant may do it to oneself. */
export function permits(granted: readonly string[], needed: Permission): boolean {
  const [scope, verb] = needed.split(':') as [string, string];
  if (scope === 'self' && (granted.includes('tenant:*') || granted.includes(`tenant:${verb}`))) return true;
  return granted.includes('*') || granted.includes(needed) || granted.includes(`${scope}:*`);
}
