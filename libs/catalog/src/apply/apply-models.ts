import { canonicalJson } from '@higress/database';
import { parseUsd, uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import type { FileModel, FilePrice } from '../gateway-file/gateway-file.schema';
import { PRICE_PARTS } from '../price-parts';
import type { ChangeReport } from './change-report';
import { converge, type FileTable, type Wanted } from './converge';

const MODELS: FileTable = { name: 'models', kind: 'model', key: ['name'], json: [], off: { status: 'disabled' }, keyIsUnique: true, secret: [] };
const DEPLOYMENTS: FileTable = { name: 'deployments', kind: 'deployment', key: ['model_id', 'provider_id', 'upstream_model'], json: [], off: { status: 'disabled' }, keyIsUnique: true, secret: [] };

interface WantedDeployment extends Wanted {
  readonly price: FilePrice | undefined;
}

/** Models, their deployments and the prices of these. A deployment may name a provider that was made through the API. */
export async function applyModels(manager: EntityManager, report: ChangeReport, models: readonly FileModel[]): Promise<void> {
  const providers = new Map((await manager.query<{ id: string; name: string }[]>('select id, name from providers')).map(({ id, name }) => [name, id]));
  const ids = await converge(manager, report, MODELS, models.map(toModel));
  const deployments = models.flatMap((model, at) => toDeployments(model, at, ids[at] ?? null, providers, report));
  const kept = await converge(manager, report, DEPLOYMENTS, deployments);
  for (const [at, { price, title }] of deployments.entries()) {
    const id = kept[at];
    if (id && price) await applyPrice(manager, report, { id, title, price });
  }
}

function toModel(model: FileModel, at: number): Wanted {
  return { path: `models[${at}]`, title: model.name, key: { name: model.name }, columns: { strategy: model.strategy, status: model.status } };
}

function toDeployments(model: FileModel, at: number, modelId: string | null, providers: ReadonlyMap<string, string>, report: ChangeReport): WantedDeployment[] {
  return model.deployments.flatMap(({ provider, price, upstream_model, ...columns }, nth) => {
    const path = `models[${at}].deployments[${nth}]`;
    const providerId = providers.get(provider);
    if (!providerId) report.faults.push({ path: `${path}.provider`, message: `there is no provider ${provider}` });
    if (!providerId || !modelId) return [];
    return [{ path, title: `${model.name} on ${provider}`, key: { model_id: modelId, provider_id: providerId, upstream_model }, columns, price }];
  });
}

/**
 * A price that differs from the file's last one is a new row; the old ones stay, for they are what earlier calls cost.
 * A price set through the API since then holds until the file names another one, and the last price holds when the file no longer names any.
 */
async function applyPrice(manager: EntityManager, report: ChangeReport, { id, title, price }: { id: string; title: string; price: FilePrice }): Promise<void> {
  const wanted = priceColumns(price);
  const names = Object.keys(wanted);
  const [last] = await manager.query<object[]>(
    `select ${names.join(', ')} from prices where deployment_id = $1 and managed_by = 'file' order by valid_from desc, id desc limit 1`,
    [id],
  );
  if (last && canonicalJson(last) === canonicalJson(wanted)) return;
  const priceId = uuidv7();
  await manager.query(
    `insert into prices (id, deployment_id, managed_by, valid_from, ${names.join(', ')}) values ($1, $2, 'file', clock_timestamp(), ${names.map((_, at) => `$${at + 3}`).join(', ')})`,
    [priceId, id, ...Object.values(wanted)],
  );
  report.add({ verb: last ? 'updated' : 'created', kind: 'price', id: priceId, title: `of ${title}`, tenantId: null, before: last, after: wanted });
}

/** The columns of a price: nano-USD, as the text that pg gives for a bigint. */
export function priceColumns(price: FilePrice): Record<string, string | boolean | null> {
  const given = price === 'free' ? {} : price;
  const amounts = Object.values(PRICE_PARTS).map((column) => {
    const usd = given[column];
    return [column, usd === undefined ? (NEVER_NULL.has(column) ? '0' : null) : parseUsd(usd).toString()] as const;
  });
  return { free: price === 'free', ...Object.fromEntries(amounts) };
}

const NEVER_NULL: ReadonlySet<string> = new Set(['input', 'output', 'per_request']);
