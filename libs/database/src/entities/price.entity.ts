import type { NanoUsd } from '@higress/kernel';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/** Nano-USD per million tokens; `per…` in nano-USD for each. The newest `validFrom` that has come holds. */
@Entity('prices')
export class PriceEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') deploymentId!: string;
  @Column({ type: 'timestamptz', default: () => 'now()' }) validFrom!: Date;
  /** True: zeros are meant. */
  @Column({ type: 'boolean', default: false }) free!: boolean;
  @Column({ type: 'bigint', transformer: bigintColumn }) input!: NanoUsd;
  @Column({ type: 'bigint', transformer: bigintColumn }) output!: NanoUsd;
  /** Null: as the input. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) cachedInput!: NanoUsd | null;
  /** Null: as the input. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) cacheWrite!: NanoUsd | null;
  /** Null: as the output. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) reasoning!: NanoUsd | null;
  @Column({ type: 'bigint', transformer: bigintColumn }) perRequest!: NanoUsd;
  /** Null: as the cache write. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) longCacheWrite!: NanoUsd | null;
  /** Null, as of the next three: as the input or the output. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) audioInput!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) audioOutput!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) imageInput!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) imageOutput!: NanoUsd | null;
  /** Null, as of the next three: not counted by it. */
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perImage!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perSecond!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perCharacter!: NanoUsd | null;
  @Column({ type: 'bigint', nullable: true, transformer: bigintColumn }) perSearch!: NanoUsd | null;
  @Column({ type: 'text', default: 'api' }) managedBy!: 'api' | 'file';
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
}
