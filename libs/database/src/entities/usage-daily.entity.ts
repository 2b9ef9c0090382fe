import type { NanoUsd } from '@higress/kernel';
import { Column, ViewEntity } from 'typeorm';
import { bigintColumn } from '../bigint-column';

/**
 * The sums of the calls of one UTC day, key, person, model, provider and tags.
 * Mapped as a view: only the database makes its rows, and since key and provider may be null they have no primary key.
 */
@ViewEntity({ name: 'usage_daily', synchronize: false })
export class UsageDailyEntity {
  /** `2026-01-06`. */
  @Column('date') day!: string;
  @Column('uuid') tenantId!: string;
  @Column({ type: 'uuid', nullable: true }) keyId!: string | null;
  /** Who called on the internal channel; null for a key. */
  @Column({ type: 'uuid', nullable: true }) userId!: string | null;
  @Column('text') model!: string;
  @Column({ type: 'text', nullable: true }) provider!: string | null;
  /** Of the key. */
  @Column({ type: 'jsonb', default: {} }) tags!: Record<string, string>;
  @Column({ type: 'bigint', transformer: bigintColumn }) requests!: bigint;
  /** Calls answered with a status of 400 or more. */
  @Column({ type: 'bigint', transformer: bigintColumn }) errors!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) inputTokens!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) cachedInputTokens!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) outputTokens!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) reasoningTokens!: bigint;
  @Column({ type: 'bigint', transformer: bigintColumn }) costNano!: NanoUsd;
  @Column({ type: 'bigint', transformer: bigintColumn }) chargedNano!: NanoUsd;
  @Column({ type: 'bigint', transformer: bigintColumn }) uncollectedNano!: NanoUsd;
  @Column('timestamptz') rolledAt!: Date;
}
