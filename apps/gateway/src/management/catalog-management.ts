import { Credentials, Deployments, Models, Prices, Providers } from '@higress/catalog';
import { type Desk, Sealer } from '@higress/database';
import type { EgressRules, Upstream } from '@higress/upstream';
import type { Provider, Type } from '@nestjs/common';
import { DeploymentsController } from './deployments/deployments.controller';
import { ModelsController } from './models/models.controller';
import { PricesController } from './prices/prices.controller';
import { CallableUrl } from './providers/callable-url';
import { CredentialsController } from './providers/credentials.controller';
import { ProviderTrial } from './providers/provider-trial';
import { ProviderTrialsController } from './providers/provider-trials.controller';
import { ProvidersController } from './providers/providers.controller';
import { SyncModels } from './providers/sync-models';

export interface CatalogManagementParts {
  readonly sealer: Sealer;
  /** Under which credentials are recognised. */
  readonly pepper: Buffer;
  readonly egress: EgressRules;
  readonly upstream: Upstream;
}

export const CATALOG_CONTROLLERS: readonly Type[] = [ProvidersController, CredentialsController, ProviderTrialsController, ModelsController, DeploymentsController, PricesController];

/** What the controllers of providers, models and prices work with. */
export function catalogProviders(desk: Desk, { sealer, pepper, egress, upstream }: CatalogManagementParts): Provider[] {
  return [
    { provide: Sealer, useValue: sealer },
    { provide: Providers, useValue: new Providers(sealer) },
    { provide: Credentials, useValue: new Credentials({ sealer, pepper }) },
    { provide: Models, useValue: new Models() },
    { provide: Deployments, useValue: new Deployments() },
    { provide: Prices, useValue: new Prices() },
    { provide: CallableUrl, useValue: new CallableUrl(egress) },
    { provide: ProviderTrial, useValue: new ProviderTrial(upstream) },
    { provide: SyncModels, useValue: new SyncModels(desk, upstream) },
  ];
}
