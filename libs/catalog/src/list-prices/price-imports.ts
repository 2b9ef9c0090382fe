import type { Desk, Requester } from '@higress/database';
import { importListPrices, type PriceImport } from './import-list-prices';

export interface Imported {
  /** Versions that were added: of models that are new, or cost something else now. */
  readonly added: number;
  readonly unchanged: number;
}

/** Imports of list prices, in the audit and felt by every gateway within a second. */
export class PriceImports {
  constructor(private readonly desk: Desk) {}

  run(by: Requester, wanted: PriceImport): Promise<Imported> {
    return this.desk.change(by, async (tx) => {
      const added = await importListPrices(tx, wanted);
      const value = { added, unchanged: wanted.prices.length - added };
      if (added === 0) return { value, audit: null };
      const after = { source: wanted.source, valid_from: wanted.validFrom?.toISOString() ?? null, added };
      return { value, audit: { tenantId: null, action: 'list_prices.imported', subjectType: 'list_prices', subjectId: null, after }, announce: [['catalog-changed', {}]] };
    });
  }
}
