import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A response that its tenant may ask for later, continue or delete. */
@Entity('stored_responses')
export class StoredResponseEntity {
  @PrimaryColumn('uuid') tenantId!: string;
  /** As its caller was told it. */
  @PrimaryColumn('text') responseId!: string;
  /** The response that it continues, which may be gone by now. */
  @Column({ type: 'text', nullable: true }) previousId!: string | null;
  @Column({ type: 'timestamptz', default: () => 'now()' }) createdAt!: Date;
  /** What was asked and what was answered. */
  @Column('bytea') sealed!: Buffer;
}
