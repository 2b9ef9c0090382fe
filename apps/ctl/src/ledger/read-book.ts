import type { NanoUsd } from '@higress/kernel';
import type { DataSource } from 'typeorm';

export interface BookLine {
  readonly tenant: string;
  readonly frozen: boolean;
  readonly posted: NanoUsd;
  /** The sum of its ledger entries. */
  readonly ledger: NanoUsd;
  readonly held: NanoUsd;
  /** The sum of its open holds. */
  readonly holds: NanoUsd;
}

type Row = { readonly [N in keyof BookLine]: N extends 'tenant' ? string : N extends 'frozen' ? boolean : string };

/** One statement sees one moment. Entries and holds of a tenant that has no account show up too. */
const BOOK = `
  select coalesce(t.name, tenant_id::text) as tenant, a.frozen_at is not null as frozen,
    coalesce(a.posted_nano, 0) as posted, coalesce(l.nano, 0) as ledger, coalesce(a.held_nano, 0) as held, coalesce(h.nano, 0) as holds
  from accounts a
  full join (select tenant_id, sum(amount_nano) as nano from ledger_entries group by tenant_id) l using (tenant_id)
  full join (select tenant_id, sum(amount_nano) as nano from holds group by tenant_id) h using (tenant_id)
  left join tenants t on t.id = tenant_id
  order by 1`;

/** What each account says, beside what its ledger and its holds add up to, from the very first entry on. Changes nothing. */
export async function readBook(database: DataSource): Promise<BookLine[]> {
  const rows = await database.query<Row[]>(BOOK);
  return rows.map(({ tenant, frozen, posted, ledger, held, holds }) => ({ tenant, frozen, posted: BigInt(posted), ledger: BigInt(ledger), held: BigInt(held), holds: BigInt(holds) }));
}

export function agrees({ posted, ledger, held, holds }: BookLine): boolean {
  return posted === ledger && held === holds;
}
