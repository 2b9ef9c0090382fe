import type { Sealer } from '@higress/database';
import { PROVIDER_DIALECTS, ROUTING_STRATEGIES, Secret, type Credential, type Deployment, type Model, type Provider, type ProviderTimeouts } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import { LIST_PRICES, PriceList, type ListPriceRow } from './list-prices/price-list';
import { openHeaders } from './provider-headers';
import { eachPricePart, type PriceTexts, toPrice } from './price-parts';
import { credentialPlace } from './seal-places';
import { WildcardModels } from './wildcard-models';

/** Everything that can be called, at one moment. Never changes: a change makes another one. */
export interface CatalogSnapshot {
  /** Moves with every change of a model, deployment, provider, credential or price. */
  readonly version: bigint;
  /** By the name that clients ask for. */
  readonly models: ReadonlyMap<string, Model>;
  /** What names with a `*` stand for. */
  readonly wildcards: WildcardModels;
  /** When a price that is entered already begins to hold; null when none waits. */
  readonly nextPriceAt: Date | null;
}

interface ProviderRow extends Omit<Provider, 'credentials' | 'timeouts'> {
  readonly timeouts: Partial<ProviderTimeouts>;
  readonly headersSealed: Buffer | null;
}
interface CredentialRow {
  readonly id: string;
  readonly providerId: string;
  readonly sealed: Buffer;
  readonly weight: number;
  readonly status: string;
}
type ModelRow = Omit<Model, 'deployments'>;
interface DeploymentRow extends Omit<Deployment, 'provider' | 'price'> {
  readonly modelId: string;
  readonly providerId: string;
  readonly isPriced: boolean;
  readonly price: PriceTexts;
}

const DEFAULT_TIMEOUTS = { connectMs: 5000, firstTokenMs: 30_000, idleMs: 30_000, totalMs: 600_000 } as const;

/** Time limits with the defaults where none are set. */
export function toTimeouts(given: ProviderRow['timeouts']): ProviderTimeouts {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...given };
  return { ...timeouts, wholeAnswerMs: given.firstTokenMs ?? timeouts.totalMs };
}

const PROVIDERS = `select id, name, dialect, base_url as "baseUrl", headers, headers_sealed as "headersSealed", timeouts from providers where status = 'active'`;
const CREDENTIALS = `select id, provider_id as "providerId", value_sealed as sealed, weight, status from credentials order by id`;
const MODELS = `select id, name, strategy, created_at as "createdAt" from models where status = 'active' order by name`;
const DEPLOYMENTS = `
  select d.id, d.model_id as "modelId", d.provider_id as "providerId", d.upstream_model as "upstreamModel", d.priority, d.weight, d.max_output_tokens as "maxOutputTokens",
         p.id is not null as "isPriced",
         jsonb_build_object(${eachPricePart((column, part) => `'${part}', p.${column}::text`)}) as price
    from deployments d
    left join lateral (select * from prices where deployment_id = d.id and valid_from <= now() order by valid_from desc, id desc limit 1) p on true
   where d.status = 'active' order by d.priority, d.id`;
const VERSION = `select version::text, (select min(valid_from) from (select valid_from from prices union all select valid_from from list_prices) p where valid_from > now()) as "nextPriceAt" from catalog_version`;

/**
 * Reads the whole catalog as of one moment and opens its credentials.
 * A part that cannot be used is left out and told to `onFault`: one credential that does not open must not take the others down.
 */
export async function loadSnapshot(dataSource: DataSource, sealer: Sealer, onFault: (message: string) => void): Promise<CatalogSnapshot> {
  return dataSource.transaction('REPEATABLE READ', async (manager) => {
    const [state] = await manager.query<{ version: string; nextPriceAt: Date | null }[]>(VERSION);
    const providers = toProviders(await manager.query<ProviderRow[]>(PROVIDERS), openAll(await manager.query<CredentialRow[]>(CREDENTIALS), sealer, onFault), sealer, onFault);
    const prices = new PriceList(await manager.query<ListPriceRow[]>(LIST_PRICES));
    const deployments = toDeployments(await manager.query<DeploymentRow[]>(DEPLOYMENTS), providers, prices);
    const models = (await manager.query<ModelRow[]>(MODELS)).filter((model) => isKnown(ROUTING_STRATEGIES, model.strategy, `model ${model.name}: strategy`, onFault));
    const named = models.map((model) => ({ ...model, deployments: deployments.get(model.id) ?? [] }));
    return {
      version: BigInt(state?.version ?? 0),
      models: new Map(named.map((model) => [model.name, model])),
      wildcards: new WildcardModels(named, prices),
      nextPriceAt: state?.nextPriceAt ?? null,
    };
  });
}

function isKnown(known: readonly string[], value: string, what: string, onFault: (message: string) => void): boolean {
  if (known.includes(value)) return true;
  onFault(`${what} ${value} is not known to this release`);
  return false;
}

/** By provider; null stands for a credential that cannot be used. */
function openAll(rows: readonly CredentialRow[], sealer: Sealer, onFault: (message: string) => void): Map<string, (Credential | null)[]> {
  const byProvider = new Map<string, (Credential | null)[]>();
  for (const row of rows) {
    const list = byProvider.get(row.providerId) ?? [];
    byProvider.set(row.providerId, list);
    list.push(row.status === 'active' ? openOne(row, sealer, onFault) : null);
  }
  return byProvider;
}

function openOne({ id, sealed, weight }: CredentialRow, sealer: Sealer, onFault: (message: string) => void): Credential | null {
  try {
    return { id, weight, value: new Secret(sealer.open(sealed, credentialPlace(id)).toString()) };
  } catch (error) {
    onFault((error as Error).message);
    return null;
  }
}

/** A provider that has credentials, none of which can be used, is left out: calling it without one would only fail there. */
function toProviders(rows: readonly ProviderRow[], credentials: ReadonlyMap<string, (Credential | null)[]>, sealer: Sealer, onFault: (message: string) => void): Map<string, Provider> {
  const providers = new Map<string, Provider>();
  for (const row of rows) {
    const all = credentials.get(row.id) ?? [];
    const usable = all.filter((credential) => credential !== null);
    if (!isKnown(PROVIDER_DIALECTS, row.dialect, `provider ${row.name}: dialect`, onFault)) continue;
    if (all.length > 0 && usable.length === 0) onFault(`provider ${row.name} has no credential that can be used`);
    else {
      const provider = openRow(row, usable, sealer, onFault);
      if (provider) providers.set(row.id, provider);
    }
  }
  return providers;
}

/** Null for one whose headers do not open: without them it would be called wrongly. */
function openRow({ headersSealed, ...row }: ProviderRow, credentials: Credential[], sealer: Sealer, onFault: (message: string) => void): Provider | null {
  try {
    return { ...row, headers: openHeaders(sealer, { ...row, headersSealed }), timeouts: toTimeouts(row.timeouts), credentials };
  } catch (error) {
    onFault((error as Error).message);
    return null;
  }
}

function toDeployments(rows: readonly DeploymentRow[], providers: ReadonlyMap<string, Provider>, prices: PriceList): Map<string, Deployment[]> {
  const byModel = new Map<string, Deployment[]>();
  for (const { modelId, providerId, isPriced, price, ...row } of rows) {
    const provider = providers.get(providerId);
    if (!provider) continue;
    const list = byModel.get(modelId) ?? [];
    byModel.set(modelId, list);
    list.push({ ...row, provider, price: isPriced ? toPrice(price) : prices.find(provider, row.upstreamModel) });
  }
  return byModel;
}
