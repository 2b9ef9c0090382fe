import type { BillingMode, NanoUsd } from '@higress/kernel';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/** A running call and what it may still take. Only the billing functions of the database change it. */
@Entity('holds')
export class HoldEntity {
  @PrimaryColumn('uuid') requestId!: string;
  @Column('uuid') tenantId!: string;
  @Column({ type: 'uuid', nullable: true }) keyId!: string | null;
  @Column('text') billing!: BillingMode;
  @Column('boolean') charged!: boolean;
  @Column({ type: 'bigint', transformer: bigintColumn }) amountNano!: NanoUsd;
  @Column('jsonb') call!: Record<string, unknown>;
  @Column({ type: 'jsonb', nullable: true }) price!: Record<string, unknown> | null;
  @Column({ type: 'bigint', transformer: bigintColumn }) progressNano!: NanoUsd;
  @Column({ type: 'jsonb', nullable: true }) progress!: number[] | null;
  @Column('timestamptz') expiresAt!: Date;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
}
