import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/** One row; the database moves it with every change of the catalog. */
@Entity('catalog_version')
export class CatalogVersionEntity {
  @PrimaryColumn({ type: 'boolean', default: true }) onlyRow!: boolean;
  @Column({ type: 'bigint', transformer: bigintColumn }) version!: bigint;
}
