import type { EntityManager } from 'typeorm';
import { DomainError, isUuid } from '@higress/kernel';

/** A version of a list price. Amounts in nano-USD as texts, per million tokens, request, image or second; null where the list does not say. */
export interface ListedPrice {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  /** The first one of a model is 1. */
  readonly version: number;
  /** The newest whose time has come: what deployments without a price of their own cost. */
  readonly holds: boolean;
  readonly source: string;
  readonly valid_from: Date;
  readonly created_at: Date;
  readonly input: string | null;
  readonly output: string | null;
  readonly cached_input: string | null;
  readonly cache_write: string | null;
  readonly reasoning: string | null;
  readonly per_request: string | null;
  readonly per_image: string | null;
  readonly per_second: string | null;
  readonly per_character: string | null;
  readonly per_search: string | null;
  readonly long_cache_write: string | null;
  readonly audio_input: string | null;
  readonly audio_output: string | null;
  readonly image_input: string | null;
  readonly image_output: string | null;
}

export interface ListedPriceFilter {
  readonly provider?: string;
  readonly model?: string;
  readonly source?: string;
  /** Only what holds now, or only what does not. */
  readonly holds?: boolean;
}

const NEWER = '(o.valid_from, o.created_at, o.id) > (l.valid_from, l.created_at, l.id)';
const OF_THE_MODEL = 'select count(*) from list_prices o where o.provider = l.provider and o.model = l.model';
const HOLDS = `(l.valid_from <= now() and not exists (select from list_prices o where o.provider = l.provider and o.model = l.model and o.valid_from <= now() and ${NEWER}))`;
const SELECT = `
  select l.id, l.provider, l.model, (${OF_THE_MODEL} and not ${NEWER})::int as version, ${HOLDS} as holds, l.source, l.valid_from, l.created_at, l.input, l.output, l.cached_input, l.cache_write, l.reasoning,
    l.per_request, l.per_image, l.per_second, l.per_character, l.per_search, l.long_cache_write, l.audio_input, l.audio_output, l.image_input, l.image_output
    from list_prices l`;
/** After the row that the cursor names: by provider and model, and of each the newest first. */
const AFTER = `
  exists (select from list_prices c where c.id = $5 and ((l.provider, l.model) > (c.provider, c.model) or (l.provider, l.model) = (c.provider, c.model)
    and (l.valid_from, l.created_at, l.id) < (c.valid_from, c.created_at, c.id)))`;

/** List prices as operators look at them: every version, where it came from and from when on it holds. */
export class ListedPrices {
  async list(manager: EntityManager, { provider, model, source, holds }: ListedPriceFilter, { limit, cursor }: { readonly limit: number; readonly cursor?: string }): Promise<{ data: ListedPrice[]; nextCursor: string | null }> {
    const rows = await manager.query<ListedPrice[]>(
      `${SELECT} where ($1::text is null or l.provider = $1) and ($2::text is null or l.model = $2) and ($3::text is null or l.source = $3) and ($4::boolean is null or ${HOLDS} = $4)
         and ($5::uuid is null or ${AFTER}) order by l.provider, l.model, l.valid_from desc, l.created_at desc, l.id desc limit ${limit + 1}`,
      [provider ?? null, model ?? null, source ?? null, holds ?? null, cursor ?? null],
    );
    const data = rows.slice(0, limit);
    return { data, nextCursor: rows.length > limit ? (data.at(-1)?.id ?? null) : null };
  }

  /** @throws DomainError NOT_FOUND */
  async get(manager: EntityManager, id: string): Promise<ListedPrice> {
    const [row] = isUuid(id) ? await manager.query<ListedPrice[]>(`${SELECT} where l.id = $1`, [id]) : [];
    if (!row) throw new DomainError('NOT_FOUND', { message: 'There is no such list price.' });
    return row;
  }
}
