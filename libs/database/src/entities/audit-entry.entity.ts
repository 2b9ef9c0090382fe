import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Append-only: the database refuses to change or remove a row. */
@Entity('audit_entries')
export class AuditEntryEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column({ type: 'timestamptz', default: () => 'now()' }) at!: Date;
  @Column({ type: 'uuid', nullable: true }) tenantId!: string | null;
  @Column('text') actorKind!: 'user' | 'key' | 'file' | 'system';
  @Column({ type: 'text', nullable: true }) actorId!: string | null;
  @Column('text') action!: string;
  @Column('text') subjectType!: string;
  @Column({ type: 'text', nullable: true }) subjectId!: string | null;
  @Column({ type: 'jsonb', nullable: true }) before!: Record<string, unknown> | null;
  @Column({ type: 'jsonb', nullable: true }) after!: Record<string, unknown> | null;
  @Column({ type: 'text', nullable: true }) ip!: string | null;
  @Column({ type: 'uuid', nullable: true }) requestId!: string | null;
  @Column({ type: 'bytea', nullable: true }) previousHash!: Buffer | null;
  @Column('bytea') hash!: Buffer;
}
