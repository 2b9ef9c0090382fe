import { AccessTokens, KeyRing, Login, Tenants } from '@higress/auth';
import { Accounts, Ledger, UsageRecords } from '@higress/billing';
import { RateLimiter } from '@higress/rate-limit';
import { type DynamicModule, Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { AccessGuard } from './access/access.guard';
import { AuthController } from './auth/auth.controller';
import { KeysController } from './keys/keys.controller';
import { LedgerController } from './ledger/ledger.controller';
import { CreditTenant } from './tenants/credit-tenant';
import { TenantsController } from './tenants/tenants.controller';
import { UsageController } from './usage/usage.controller';

export interface ManagementParts {
  /** `API_V1_STR`. */
  readonly prefix: string;
  /** The pool for requests. */
  readonly dataSource: DataSource;
  readonly tokens: AccessTokens;
  readonly login: Login;
  readonly keyRing: KeyRing;
  readonly tenants: Tenants;
  readonly limiter: RateLimiter;
}

/** What people and automation manage, under the management prefix, by access token. */
@Module({ controllers: [AuthController, TenantsController, KeysController, UsageController, LedgerController] })
export class ManagementModule {
  static of({ prefix, dataSource, tokens, login, keyRing, tenants, limiter }: ManagementParts): DynamicModule {
    return {
      module: ManagementModule,
      imports: [RouterModule.register([{ path: prefix, module: ManagementModule }])],
      providers: [
        AccessGuard,
        { provide: AccessTokens, useValue: tokens },
        { provide: Login, useValue: login },
        { provide: KeyRing, useValue: keyRing },
        { provide: Tenants, useValue: tenants },
        { provide: RateLimiter, useValue: limiter },
        { provide: Accounts, useValue: new Accounts(dataSource) },
        { provide: CreditTenant, useValue: new CreditTenant(dataSource) },
        { provide: Ledger, useValue: new Ledger(dataSource) },
        { provide: UsageRecords, useValue: new UsageRecords(dataSource) },
      ],
    };
  }
}
