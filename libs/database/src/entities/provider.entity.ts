import type { ProviderDialect, ProviderTimeouts } from '@higress/kernel';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('providers')
export class ProviderEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('text') dialect!: ProviderDialect;
  @Column({ type: 'text', default: '' }) baseUrl!: string;
  /** Of an earlier release, as they are; empty where `headersSealed` is not null. */
  @Column({ type: 'jsonb', default: {} }) headers!: Readonly<Record<string, string>>;
  /** Their values, sealed for the row. */
  @Column({ type: 'bytea', nullable: true }) headersSealed!: Buffer | null;
  /** Their names, in order. */
  @Column({ type: 'text', array: true, default: [] }) headerNames!: string[];
  @Column({ type: 'jsonb', default: {} }) timeouts!: Partial<ProviderTimeouts>;
  @Column({ type: 'text', default: 'active' }) status!: 'active' | 'disabled';
  @Column({ type: 'text', default: 'api' }) managedBy!: 'api' | 'file';
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
}
