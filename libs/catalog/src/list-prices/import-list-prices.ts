import type { ListPrice } from '@higress/pricing';
import type { EntityManager } from 'typeorm';
import { PRICE_PARTS, type PricePart } from '../price-parts';

export interface PriceImport {
  readonly prices: readonly ListPrice[];
  /** Where they come from, for whoever looks at them later. */
  readonly source: string;
  /** Null: from now on. */
  readonly validFrom: Date | null;
}

const AMOUNTS = Object.values(PRICE_PARTS);

/**
 * Adds a version of each list price that differs from what holds at its time, and returns how many did. Models that the import does not name stay as they are. Importing
 * the same list again changes nothing.
 */
export async function importListPrices(manager: EntityManager, { prices, source, validFrom }: PriceImport): Promise<number> {
  // Two at once would each add what the other one adds.
  await manager.query("select pg_advisory_xact_lock(hashtext('list_prices'))");
  const rows = prices.map((price) => ({
    provider: price.provider,
    model: price.model,
    ...Object.fromEntries(Object.entries(PRICE_PARTS).map(([part, column]) => [column, price[part as PricePart]?.toString() ?? null])),
  }));
  const amounts = AMOUNTS.join(', ');
  const added = await manager.query<{ id: string }[]>(
    `insert into list_prices (id, provider, model, valid_from, ${amounts}, source)
     select gen_random_uuid(), i.provider, i.model, t.at, ${AMOUNTS.map((name) => `i.${name}`).join(', ')}, $2
     from jsonb_to_recordset($1) as i (provider text, model text, ${AMOUNTS.map((name) => `${name} bigint`).join(', ')})
     cross join (select coalesce($3::timestamptz, clock_timestamp()) as at) t
     left join lateral (select true as known, ${amounts} from list_prices l where l.provider = i.provider and l.model = i.model and l.valid_from <= t.at order by valid_from desc, created_at desc limit 1) l on true
     where l.known is null or (${AMOUNTS.map((name) => `l.${name}`).join(', ')}) is distinct from (${AMOUNTS.map((name) => `i.${name}`).join(', ')})
     returning id`,
    [JSON.stringify(rows), source, validFrom],
  );
  return added.length;
}
