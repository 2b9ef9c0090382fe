import type { NanoUsd } from '@higress/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/** What a tenant has. Only the billing functions of the database change it. */
@Entity('accounts')
export class AccountEntity {
  @PrimaryColumn('uuid') tenantId!: string;
  @Column('boolean') prepaid!: boolean;
  /** The sum of its ledger entries. */
  @Column({ type: 'bigint', transformer: bigintColumn }) postedNano!: NanoUsd;
  /** The sum of its open holds. */
  @Column({ type: 'bigint', transformer: bigintColumn }) heldNano!: NanoUsd;
  @Column({ type: 'timestamptz', nullable: true }) frozenAt!: Date | null;
  @Column({ type: 'text', nullable: true }) frozenReason!: string | null;
  @Column({ type: 'timestamptz', default: () => 'now()' }) movedAt!: Date;
}
