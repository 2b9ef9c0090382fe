import { Passwords, Users, type Role } from '@higress/auth';
import { readSettings, SETTINGS, type SettingName } from '@higress/config';
import { Desk, randomBase62, SYSTEM, TenantEntity } from '@higress/database';
import type { DataSource } from 'typeorm';
import { defineCommand } from '../command';
import { findTenant } from '../find-tenant';
import { UsageError } from '../usage-error';
import { withDatabase } from '../with-database';
import { firstLine } from './first-line';

const GENERATED_LENGTH = 20;

interface Person {
  readonly email: string;
  readonly password: string;
  readonly tenant: string | undefined;
}

export const adminCreate = defineCommand({
  name: 'admin create',
  summary: 'Makes a person who may log in: an owner, or with --tenant an admin of that tenant.',
  options: {
    email: { type: 'string', required: true, doc: 'With what they log in.' },
    password: { type: 'string', doc: 'At least 12 characters; “-” reads it from the standard input. Without it one is made and printed once.' },
    tenant: { type: 'string', value: 'name or id', doc: 'The only tenant that they may manage.' },
  },
  run: async ({ options, print }) => {
    checked('email', options.email, 'BOOTSTRAP_ADMIN_EMAIL');
    const given = options.password === '-' ? await firstLine(process.stdin) : options.password;
    if (given !== undefined) checked('password', given, 'BOOTSTRAP_ADMIN_PASSWORD');
    const password = given ?? randomBase62(GENERATED_LENGTH);
    const role = await withDatabase(readSettings('ctl'), (database) => create(database, { ...options, password }));
    print(`made ${role} ${options.email}`);
    if (given === undefined) print(`password  ${password}\nKeep it now: it is not shown again.`);
  },
});

async function create(database: DataSource, { email, password, tenant }: Person): Promise<Role> {
  const users = new Users(new Desk({ dataSource: database, announce: nobodyKnowsThemYet }), new Passwords());
  if (tenant === undefined && (await users.bootstrapOwner({ email, password }))) return 'owner';
  const role: Role = tenant === undefined ? 'owner' : 'admin';
  const { id } = tenant === undefined ? await tenantOfOwners(database) : await findTenant(database, tenant);
  await users.create(SYSTEM, { tenantId: id, email, password, roles: [role] });
  return role;
}

const nobodyKnowsThemYet = async () => undefined;

/** Owners belong together: in the tenant of the first one. */
function tenantOfOwners(database: DataSource): Promise<TenantEntity> {
  return database
    .getRepository(TenantEntity)
    .createQueryBuilder('tenant')
    .where(`tenant.id in (select u.tenant_id from users u join user_roles r on r.user_id = u.id where r.role = 'owner')`)
    .orderBy('tenant.createdAt')
    .limit(1)
    .getOneOrFail();
}

/** The same rule as for the first owner's setting. */
function checked(option: string, value: string, rule: SettingName): void {
  const { success, error } = SETTINGS[rule].schema.safeParse(value);
  if (!success) throw new UsageError(`--${option} ${error.issues[0]?.message ?? 'does not fit'}`, 'admin create');
}
