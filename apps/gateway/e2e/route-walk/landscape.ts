import { randomBytes, randomUUID } from 'node:crypto';
import { type Role, ROLES, Users, Passwords } from '@higress/auth';
import { createDataSource, Desk, SYSTEM } from '@higress/database';
import { uuidv7 } from '@higress/kernel';
import type { House } from '../open-house';

export const PASSWORD = 'correct horse battery';

/** Ids that may stand in a path, by the segment before them. */
export type Ids = Readonly<Record<string, string>>;

export interface Landscape {
  readonly tenantId: string;
  readonly foreignTenantId: string;
  readonly emails: Readonly<Record<Role, string>>;
  /** Of the tenant, of nobody of the walkers in particular. */
  readonly ours: Ids;
  /** Of another tenant. */
  readonly foreign: Ids;
  /** Everything of the other tenant, in one number that moves when any of it does. */
  fingerprint(): Promise<string>;
  close(): Promise<void>;
}

/** Two tenants with people, sessions and keys, and one person of each role in the first; owners belong to neither. */
export async function layOut(house: House): Promise<Landscape> {
  const dataSource = await createDataSource({ url: house.env['DATABASE_URL'] as string, name: 'walk', poolSize: 2, statementTimeoutMs: 10_000 }).initialize();
  const users = new Users(new Desk({ dataSource, announce: async () => undefined }), new Passwords());
  const person = async (tenantId: string, role: Role) => {
    const email = `${role}-${randomUUID()}@example.com`;
    return { email, id: (await users.create(SYSTEM, { tenantId, email, password: PASSWORD, roles: [role] })).user.id };
  };
  const tenant = async () => {
    const id = uuidv7();
    await house.sql(`insert into tenants (id, name, billing) values ($1, $2, 'postpaid')`, [id, `walked-${id}`]);
    return id;
  };
  const furnish = async (tenantId: string): Promise<Ids> => {
    const [{ id: userId }, sessionId, keyId] = [await person(tenantId, 'member'), uuidv7(), uuidv7()];
    await house.sql(`insert into sessions (id, user_id, refresh_digest, expires_at) values ($1, $2, $3, now() + interval '1 day')`, [sessionId, userId, randomBytes(32)]);
    await house.sql(`insert into api_keys (id, tenant_id, name, prefix, owner_user_id) values ($1, $2, 'walked', 'sk-walked', $3)`, [keyId, tenantId, userId]);
    return { tenants: tenantId, users: userId, sessions: sessionId, keys: keyId, 'api-keys': keyId };
  };
  const [tenantId, foreignTenantId] = [await tenant(), await tenant()];
  const emails = Object.fromEntries(await Promise.all(ROLES.map(async (role) => [role, (await person(role === 'owner' ? await tenant() : tenantId, role)).email] as const))) as Record<Role, string>;
  return {
    tenantId,
    foreignTenantId,
    emails,
    ours: await furnish(tenantId),
    foreign: await furnish(foreignTenantId),
    async fingerprint() {
      const tables = await house.sql<{ table: string; column: string }>(
        `select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid
          where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and (a.attname = 'tenant_id' or (c.relname, a.attname) in (('tenants', 'id')))`,
      );
      const people = `user_id in (select id from users where tenant_id = $1)`;
      const wheres = [...tables.map(({ table, column }) => [table, `"${column}" = $1`]), ['sessions', people], ['user_roles', people], ['password_resets', people], ['api_key_secrets', 'key_id in (select id from api_keys where tenant_id = $1)']];
      const sums = wheres.map(([table, where]) => `select '${table}' as name, md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as sum from ${table} t where ${where}`);
      return JSON.stringify(await house.sql(`${sums.join(' union all ')} order by name`, [foreignTenantId]));
    },
    close: () => dataSource.destroy(),
  };
}
