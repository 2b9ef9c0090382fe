import type { BudgetPeriod, BudgetUnit } from '@higress/kernel';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/** What a tenant or one of its keys may use in a period. `cap`, `spent` and `held` are nano-USD, tokens or requests. */
@Entity('budgets')
export class BudgetEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') tenantId!: string;
  /** Null: the tenant's own. */
  @Column({ type: 'uuid', nullable: true }) keyId!: string | null;
  /** The key's id, or where there is none the tenant's. */
  @Column('uuid') ownerId!: string;
  @Column('text') period!: BudgetPeriod;
  @Column('text') unit!: BudgetUnit;
  @Column({ type: 'bigint', transformer: bigintColumn }) cap!: bigint;
  /** Of the period that began at `periodStart`: nothing once that is over. */
  @Column({ type: 'bigint', transformer: bigintColumn }) spent!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) held!: bigint;
  @Column('timestamptz') periodStart!: Date;
  @Column({ type: 'text', default: 'api' }) managedBy!: 'api' | 'file';
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @CreateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
}
