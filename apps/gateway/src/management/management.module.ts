import { AccessTokens, AuditTrail, BlockedIps, KeyEditor, KeyRing, Login, PasswordChanges, Sessions, Standing, TenantEditor, Tenants, Users } from '@higress/auth';
import { ListedPrices, PriceImports } from '@higress/catalog';
import { Desk } from '@higress/database';
import { RateLimiter } from '@higress/rate-limit';
import { IdempotentAnswers } from '@higress/replay';
import { type DynamicModule, Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { AccessGuard } from './access/access.guard';
import { managementRoutes } from './access/management-routes';
import { AuditController } from './audit/audit.controller';
import { AuthController } from './auth/auth.controller';
import { OwnSessionsController } from './auth/own-sessions.controller';
import { BlockedIpsController } from './blocked-ips/blocked-ips.controller';
import { CATALOG_CONTROLLERS, type CatalogManagementParts, catalogProviders } from './catalog-management';
import { KeyBudgetsController } from './budgets/key-budgets.controller';
import { ManagedBudgets } from './budgets/managed-budgets';
import { TenantBudgetsController } from './budgets/tenant-budgets.controller';
import { ApiKeyLimitsController } from './keys/api-key-limits.controller';
import { KeysController } from './keys/keys.controller';
import { LedgerController } from './ledger/ledger.controller';
import { ListPricesController } from './price-import/list-prices.controller';
import { PriceImportController } from './price-import/price-import.controller';
import { SessionsController } from './sessions/sessions.controller';
import { FreezingController } from './tenants/freezing.controller';
import { CreditTenant } from './tenants/credit-tenant';
import { TenantChangesController } from './tenants/tenant-changes.controller';
import { TenantsController } from './tenants/tenants.controller';
import { UsageController } from './usage/usage.controller';
import { UsersController } from './users/users.controller';

export interface ManagementParts {
  /** `API_V1_STR`. */
  readonly prefix: string;
  readonly desk: Desk;
  readonly tokens: AccessTokens;
  readonly login: Login;
  readonly passwordChanges: PasswordChanges;
  readonly users: Users;
  readonly keyRing: KeyRing;
  readonly keyEditor: KeyEditor;
  readonly tenants: Tenants;
  readonly limiter: RateLimiter;
  readonly idempotent: IdempotentAnswers;
  readonly catalog: CatalogManagementParts;
}

/** What people and automation manage, under the management prefix, by access token. */
@Module({
  controllers: [
    ...[AuthController, OwnSessionsController, UsersController, SessionsController, AuditController],
    ...[TenantsController, TenantChangesController, KeysController, ApiKeyLimitsController, UsageController, LedgerController, BlockedIpsController],
    ...CATALOG_CONTROLLERS,
    ...[TenantBudgetsController, KeyBudgetsController, FreezingController, PriceImportController, ListPricesController],
  ],
})
export class ManagementModule {
  /** @throws Error when a route names no permission */
  static of({ prefix, desk, tokens, login, passwordChanges, users, keyRing, keyEditor, tenants, limiter, idempotent, catalog }: ManagementParts): DynamicModule {
    managementRoutes(ManagementModule);
    return {
      module: ManagementModule,
      imports: [RouterModule.register([{ path: prefix, module: ManagementModule }])],
      providers: [
        AccessGuard,
        { provide: AccessTokens, useValue: tokens },
        { provide: Login, useValue: login },
        { provide: PasswordChanges, useValue: passwordChanges },
        { provide: Sessions, useValue: new Sessions(desk) },
        { provide: TenantEditor, useValue: new TenantEditor(desk) },
        { provide: Standing, useValue: new Standing(desk) },
        { provide: Users, useValue: users },
        { provide: KeyRing, useValue: keyRing },
        { provide: KeyEditor, useValue: keyEditor },
        { provide: Tenants, useValue: tenants },
        { provide: RateLimiter, useValue: limiter },
        { provide: IdempotentAnswers, useValue: idempotent },
        { provide: Desk, useValue: desk },
        { provide: BlockedIps, useValue: new BlockedIps(desk) },
        { provide: AuditTrail, useValue: new AuditTrail(desk) },
        ...catalogProviders(desk, catalog),
        { provide: CreditTenant, useValue: new CreditTenant(desk) },
        { provide: ListedPrices, useValue: new ListedPrices() },
        { provide: PriceImports, useValue: new PriceImports(desk) },
        { provide: ManagedBudgets, useValue: new ManagedBudgets(desk) },
      ],
    };
  }
}
