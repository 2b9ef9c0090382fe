import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The answer that an idempotency key gives for 24 hours. */
@Entity('idempotent_answers')
export class IdempotentAnswerEntity {
  @PrimaryColumn('uuid') tenantId!: string;
  @PrimaryColumn('text') idempotencyKey!: string;
  /** SHA-256 of method, target and body. */
  @Column('bytea') fingerprint!: Buffer;
  @Column('uuid') requestId!: string;
  @Column('text') state!: 'running' | 'finished' | 'broken';
  /** Null while it runs, where it broke, and where it was too large to be kept. */
  @Column({ type: 'bytea', nullable: true }) sealed!: Buffer | null;
  /** From then on a running one has lost its process. */
  @Column('timestamptz') lapsesAt!: Date;
  @Column('timestamptz') expiresAt!: Date;
}
