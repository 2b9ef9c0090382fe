import type { Limits } from '@higress/kernel';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('api_keys')
export class ApiKeyEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') tenantId!: string;
  /** The person whose key it is; null is the tenant's. */
  @Column({ type: 'uuid', nullable: true }) ownerUserId!: string | null;
  @Column('text') name!: string;
  /** The part of the key that may be shown. */
  @Column('text') prefix!: string;
  @Column({ type: 'text', default: 'active' }) status!: 'active' | 'revoked';
  /** Globs; null is all. */
  @Column({ type: 'text', array: true, nullable: true }) models!: string[] | null;
  @Column({ type: 'text', array: true, nullable: true }) endpoints!: string[] | null;
  /** CIDRs; null is all. */
  @Column({ type: 'text', array: true, nullable: true }) allowedIps!: string[] | null;
  @Column({ type: 'jsonb', default: {} }) limits!: Partial<Limits>;
  @Column({ type: 'text', default: 'off' }) signing!: 'off' | 'required';
  /** Whether its calls are answered out of the response cache without asking for it. */
  @Column({ type: 'text', default: 'off' }) cache!: 'off' | 'on';
  /** Somebody else than the person whose key it is has set what it may do. */
  @Column({ type: 'boolean', default: false }) bounded!: boolean;
  @Column({ type: 'bytea', nullable: true }) signingSecretSealed!: Buffer | null;
  @Column({ type: 'jsonb', default: {} }) tags!: Record<string, string>;
  @Column({ type: 'timestamptz', nullable: true }) expiresAt!: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) lastUsedAt!: Date | null;
  @Column({ type: 'text', default: 'api' }) managedBy!: 'api' | 'file';
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
  @Column({ type: 'timestamptz', nullable: true }) revokedAt!: Date | null;
}
