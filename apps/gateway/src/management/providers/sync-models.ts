import { modelsOfProvider } from '@higress/catalog';
import type { Desk, Requester } from '@higress/database';
import { matchesAnyGlob } from '@higress/inference';
import { type Provider, uuidv7 } from '@higress/kernel';
import type { Upstream } from '@higress/upstream';
import type { EntityManager } from 'typeorm';
import { catalogChange } from '../catalog-change';

export interface SyncWish {
  /** Globs of the names that the provider uses; null is all. */
  readonly models: readonly string[] | null;
  /** Begins the names that clients ask for. */
  readonly prefix: string;
  /** Only tells what would be done. */
  readonly dry_run: boolean;
}

export interface Synced {
  /** Models that are new, by the names that clients ask for. */
  readonly created: string[];
  /** Those that the provider serves already. */
  readonly existing: string[];
  /** Those whose name another model has: what it does is not changed unasked. */
  readonly taken: string[];
  /** Upstream models that are deployed here and no longer listed there. Nothing is done about them. */
  readonly missing: string[];
}

/** Makes a model, with one deployment and no price yet, of everything that a provider lists and that is not there. */
export class SyncModels {
  constructor(
    private readonly desk: Desk,
    private readonly upstream: Upstream,
  ) {}

  /** @throws DomainError of the provider's refusal */
  async run(by: Requester, provider: Provider, wish: SyncWish): Promise<Synced> {
    const listed = await modelsOfProvider(this.upstream, provider, provider.credentials[0] ?? null);
    if (wish.dry_run) return this.desk.read(by, (tx) => plan(tx, provider.id, listed, wish));
    return this.desk.change(by, async (tx) => {
      const synced = await plan(tx, provider.id, listed, wish);
      if (synced.created.length === 0) return { value: synced, audit: null };
      await insert(tx, provider.id, synced.created, wish.prefix);
      return catalogChange(synced, 'provider', provider.id, 'models_synced', { after: { created: synced.created } });
    });
  }
}

async function plan(tx: EntityManager, providerId: string, listed: readonly string[], { models, prefix }: SyncWish): Promise<Synced> {
  const served = await tx.query<{ upstream_model: string }[]>('select upstream_model from deployments where provider_id = $1 order by upstream_model', [providerId]);
  const here = new Set(served.map(({ upstream_model }) => upstream_model));
  const wanted = listed.filter((name) => matchesAnyGlob(models, name));
  const others = wanted.filter((name) => !here.has(name)).map((name) => prefix + name);
  const rows = await tx.query<{ name: string }[]>('select name from models where name = any($1)', [others]);
  const taken = new Set(rows.map(({ name }) => name));
  return {
    created: others.filter((name) => !taken.has(name)),
    existing: wanted.filter((name) => here.has(name)),
    taken: others.filter((name) => taken.has(name)),
    missing: [...here].filter((name) => !listed.includes(name)),
  };
}

async function insert(tx: EntityManager, providerId: string, names: readonly string[], prefix: string): Promise<void> {
  const modelIds = names.map(() => uuidv7());
  await tx.query('insert into models (id, name) select * from unnest($1::uuid[], $2::text[])', [modelIds, names]);
  await tx.query('insert into deployments (id, model_id, provider_id, upstream_model) select id, model_id, $1, upstream_model from unnest($2::uuid[], $3::uuid[], $4::text[]) as made (id, model_id, upstream_model)', [
    providerId, names.map(() => uuidv7()), modelIds, names.map((name) => name.slice(prefix.length)),
  ]);
}
