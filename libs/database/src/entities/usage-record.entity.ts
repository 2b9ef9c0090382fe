import type { Channel, Dialect, NanoUsd, Units } from '@higress/kernel';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/** One call, whoever it was charged to. Partitioned by the month of `startedAt`, which is the moment inside `id`. */
@Entity('usage_records')
export class UsageRecordEntity {
  @PrimaryColumn('uuid') id!: string;
  @PrimaryColumn('timestamptz') startedAt!: Date;
  @Column('text') channel!: Channel;
  @Column('uuid') tenantId!: string;
  @Column({ type: 'uuid', nullable: true }) keyId!: string | null;
  /** Who called on the internal channel; null for a key. */
  @Column({ type: 'uuid', nullable: true }) userId!: string | null;
  @Column('text') model!: string;
  @Column({ type: 'text', nullable: true }) provider!: string | null;
  @Column({ type: 'text', nullable: true }) upstreamModel!: string | null;
  @Column('text') dialect!: Dialect;
  @Column('boolean') stream!: boolean;
  @Column('integer') status!: number;
  @Column({ type: 'text', nullable: true }) errorCode!: string | null;
  @Column('integer') attempts!: number;
  @Column({ type: 'bigint', transformer: bigintColumn }) inputTokens!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) cachedInputTokens!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) cacheWriteTokens!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) outputTokens!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) reasoningTokens!: bigint;
  /** What is counted otherwise than in tokens. */
  @Column({ type: 'jsonb', default: {} }) units!: Units;
  /** The provider gave no usable number, and we counted. */
  @Column('boolean') estimated!: boolean;
  /** The provider gave an absurd number, which was cut. */
  @Column('boolean') clamped!: boolean;
  /** The price of the usage, charged or not. */
  @Column({ type: 'bigint', transformer: bigintColumn }) costNano!: NanoUsd;
  /** What the ledger took for it. */
  @Column({ type: 'bigint', transformer: bigintColumn }) chargedNano!: NanoUsd;
  /** What a prepaid account could not give. */
  @Column({ type: 'bigint', transformer: bigintColumn }) uncollectedNano!: NanoUsd;
  @Column({ type: 'real', nullable: true }) ttftMs!: number | null;
  @Column({ type: 'real', nullable: true }) durationMs!: number | null;
  @Column({ type: 'real', nullable: true }) overheadMs!: number | null;
  /** The caller's own `x-request-id`. */
  @Column({ type: 'text', nullable: true }) clientRequestId!: string | null;
  @Column('jsonb') tags!: Record<string, string>;
  /** False while it is a lapsed hold's last known progress. */
  @Column('boolean') settled!: boolean;
  /** Moves with every change. */
  @Column('timestamptz') recordedAt!: Date;
}
