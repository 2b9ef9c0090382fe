import type { NanoUsd } from '@higress/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/** A public list price. Nano-USD per million tokens; per request, image, second, character and search in nano-USD. Null: not known. */
@Entity('list_prices')
export class ListPriceEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') provider!: string;
  @Column('text') model!: string;
  @Column('timestamptz') validFrom!: Date;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) input!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) output!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) cachedInput!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) cacheWrite!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) reasoning!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perRequest!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perImage!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perSecond!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perCharacter!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perSearch!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) longCacheWrite!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) audioInput!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) audioOutput!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) imageInput!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) imageOutput!: NanoUsd | null;
  @Column('text') source!: string;
  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' }) createdAt!: Date;
}
