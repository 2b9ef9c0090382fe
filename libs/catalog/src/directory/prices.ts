import { pageById, PriceEntity, violates, type Page, type PageRequest } from '@higress/database';
import { DomainError, uuidv7 } from '@higress/kernel';
import type { EntityManager } from 'typeorm';
import { priceColumns } from '../apply/apply-models';
import type { FilePrice } from '../gateway-file/gateway-file.schema';
import { findRow, findRowToChange } from './find-row';

export interface NewPrice {
  readonly deploymentId: string;
  readonly price: FilePrice;
  /** Null: from now on. */
  readonly validFrom: Date | null;
}

/**
 * Prices as operators edit them. What a call cost is kept with the call: nothing here changes it.
 * The one that holds is the newest of its deployment whose time has come.
 */
export class Prices {
  list(manager: EntityManager, page: PageRequest, deploymentId: string | undefined): Promise<Page<PriceEntity>> {
    const query = manager.getRepository(PriceEntity).createQueryBuilder('price').where('true');
    if (deploymentId !== undefined) query.andWhere('price.deploymentId = :deploymentId', { deploymentId });
    return pageById(query, page);
  }

  /** @throws DomainError NOT_FOUND */
  get(manager: EntityManager, id: string): Promise<PriceEntity> {
    return findRow(manager, PriceEntity, id, 'price');
  }

  /** Its row, locked. @throws DomainError NOT_FOUND, or CONFLICT for what gateway.yaml owns */
  toChange(manager: EntityManager, id: string): Promise<PriceEntity> {
    return findRowToChange(manager, PriceEntity, id, 'price');
  }

  /** @throws DomainError VALIDATION_FAILED without such a deployment */
  async create(manager: EntityManager, { deploymentId, price, validFrom }: NewPrice): Promise<PriceEntity> {
    const id = uuidv7();
    const columns = priceColumns(price);
    const names = Object.keys(columns);
    await manager
      .query(
        `insert into prices (id, deployment_id, managed_by, valid_from, ${names.join(', ')}) values ($1, $2, 'api', coalesce($3, clock_timestamp()), ${names.map((_, at) => `$${at + 4}`).join(', ')})`,
        [id, deploymentId, validFrom, ...Object.values(columns)],
      )
      .catch(explain);
    return this.get(manager, id);
  }

  /**
   * Gives the price other amounts, from now on or from `validFrom`. One that holds already leaves what it was behind as a row of its own, so that
   * the history of a deployment's prices stays whole; what it becomes begins now at the earliest, or the old row of the same moment would hold on.
   */
  async change(manager: EntityManager, row: PriceEntity, { price, validFrom }: Omit<NewPrice, 'deploymentId'>): Promise<PriceEntity> {
    const columns = priceColumns(price);
    const names = Object.keys(columns);
    const hasBegun = row.validFrom.getTime() <= Date.now();
    if (hasBegun) {
      const kept = ['deployment_id', 'managed_by', 'valid_from', 'created_at', ...names].join(', ');
      await manager.query(`insert into prices (id, ${kept}) select $2, ${kept} from prices where id = $1`, [row.id, uuidv7()]);
    }
    const isToCome = validFrom !== null && validFrom.getTime() > Date.now();
    const from = hasBegun ? (isToCome ? validFrom : null) : (validFrom ?? row.validFrom);
    await manager.query(`update prices set valid_from = coalesce($2, clock_timestamp()), ${names.map((name, at) => `${name} = $${at + 3}`).join(', ')} where id = $1`, [row.id, from, ...Object.values(columns)]);
    return this.get(manager, row.id);
  }

  /** The one before it holds again, or none. */
  async remove(manager: EntityManager, { id }: PriceEntity): Promise<void> {
    await manager.delete(PriceEntity, { id });
  }
}

function explain(error: unknown): never {
  if (violates(error, 'prices_deployment_id_fkey')) throw new DomainError('VALIDATION_FAILED', { param: 'deployment_id', details: [{ path: 'deployment_id', message: 'there is no such deployment' }] });
  throw error;
}
