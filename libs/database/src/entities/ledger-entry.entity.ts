import type { NanoUsd } from '@higress/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/** One movement of an account. Append-only: the database refuses to change or remove a row. */
@Entity('ledger_entries')
export class LedgerEntryEntity {
  /** A UUIDv7 that grows within an account. */
  @PrimaryColumn('uuid') id!: string;
  @Column('timestamptz') at!: Date;
  @Column('uuid') tenantId!: string;
  /** Null where no call moved it. */
  @Column({ type: 'uuid', nullable: true }) requestId!: string | null;
  @Column('text') kind!: 'usage' | 'expired' | 'correction' | 'credit' | 'adjustment';
  /** Negative for a charge. */
  @Column({ type: 'bigint', transformer: bigintColumn }) amountNano!: NanoUsd;
  /** What the account had after it. */
  @Column({ type: 'bigint', transformer: bigintColumn }) balanceNano!: NanoUsd;
  @Column({ type: 'text', nullable: true }) idempotencyKey!: string | null;
  @Column({ type: 'text', nullable: true }) note!: string | null;
}
