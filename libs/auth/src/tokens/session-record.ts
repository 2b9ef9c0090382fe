import { readLimits, type BillingMode, type Limits } from '@higress/kernel';
import type { DataSource } from 'typeorm';

/** A login and the person behind it, as Postgres has them now. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly userId: string;
  readonly email: string;
  readonly tenantId: string;
  readonly billing: BillingMode;
  readonly tenantLimits: Limits;
  readonly roles: readonly string[];
  /** False once the session was revoked or the person banned. */
  readonly isAlive: boolean;
  readonly isTenantActive: boolean;
}

const BY_ID = `
  select s.id as "sessionId", u.id as "userId", u.email, t.id as "tenantId", t.billing, t.limits as "tenantLimits",
         s.revoked_at is null and u.status = 'active' as "isAlive", t.status = 'active' as "isTenantActive",
         array(select role from user_roles where user_id = u.id order by role) as roles
    from sessions s join users u on u.id = s.user_id join tenants t on t.id = u.tenant_id
   where s.id = $1`;

/** @returns null when there is no such session */
export async function loadSessionRecord(dataSource: DataSource, sessionId: string): Promise<SessionRecord | null> {
  const [row] = await dataSource.query<SessionRecord[]>(BY_ID, [sessionId]);
  return row ? { ...row, tenantLimits: readLimits(row.tenantLimits) } : null;
}
