export const ROLES = ['owner', 'admin', 'member', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** How far a permission goes: over the whole installation, the person's tenant, or what is the person's own. */
export type Reach = 'all' | 'tenant' | 'own';

interface Permit {
  readonly does: string;
  readonly admin?: Reach;
  readonly member?: Reach;
  readonly auditor?: Reach;
}

const ADMINS = { admin: 'tenant' } as const;
const READERS = { admin: 'tenant', auditor: 'tenant' } as const;

/** Who may do what, and how far. An owner may do everything everywhere; nobody may do what is not named here. `docs/permissions.md` is made from it. */
export const PERMISSIONS = {
  'tenants:read': { does: 'see the tenant, its limits, budgets and balance', ...READERS },
  'tenants:write': { does: 'make tenants; change what they are and what they may spend' },
  'tenants:credit': { does: 'give tenants money, and take it' },
  'users:read': { does: 'see people and their sessions', ...READERS },
  'users:write': { does: 'make, change, ban and sign out people, and give them roles', ...ADMINS },
  'keys:read': { does: 'see API keys and what they used', ...READERS, member: 'own' },
  'keys:write': { does: 'make, rename, rotate and revoke API keys', ...ADMINS, member: 'own' },
  'keys:limit': { does: 'set the limits and budgets of API keys, and change their scopes, addresses, expiry, signing and cache', ...ADMINS },
  'usage:read': { does: 'see calls and what they cost', ...READERS, member: 'own' },
  'ledger:read': { does: 'see the movements of the account', ...READERS },
  'audit:read': { does: 'see who changed what, and who signed in', ...READERS },
  'providers:read': { does: 'see providers, credentials (never their values) and deployments' },
  'providers:write': { does: 'change providers, credentials and deployments' },
  'models:read': { does: 'see the models there are', ...READERS, member: 'tenant' },
  'models:write': { does: 'change models' },
  'prices:read': { does: 'see the price catalogue' },
  'prices:write': { does: 'change and import prices' },
  'routing:read': { does: 'see how calls are routed' },
  'jobs:read': { does: 'see jobs and reports', ...READERS },
  'jobs:write': { does: 'make, replay and cancel jobs and reports', ...ADMINS },
  'blocked-ips:read': { does: 'see the addresses that are refused' },
  'blocked-ips:write': { does: 'refuse addresses, and take that back' },
  'inference:internal': { does: 'call models on the internal channel; people of internal tenants may do so in any role' },
} as const satisfies Record<string, Permit>;

export type Permission = keyof typeof PERMISSIONS;

const WIDTH = { own: 1, tenant: 2, all: 3 } as const satisfies Record<Reach, number>;

/** How far the roles reach together with a permission; null when none of them has it. Roles that are not known have nothing. */
export function reachOf(roles: readonly string[], permission: Permission): Reach | null {
  const permit: Permit = PERMISSIONS[permission];
  const reaches = roles.flatMap((role) => (role === 'owner' ? 'all' : isGranted(role) ? (permit[role] ?? []) : []));
  return reaches.reduce<Reach | null>((widest, reach) => (widest === null || WIDTH[reach] > WIDTH[widest] ? reach : widest), null);
}

/** Every permission that the roles have, in the order of the table. */
export function permissionsOf(roles: readonly string[]): Permission[] {
  return (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => reachOf(roles, permission) !== null);
}

const isGranted = (role: string): role is Exclude<Role, 'owner'> => role === 'admin' || role === 'member' || role === 'auditor';
