import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('sessions')
export class SessionEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') userId!: string;
  @Column('bytea') refreshDigest!: Buffer;
  /** Of the token that was exchanged for it, at `rotatedAt`. */
  @Column({ type: 'bytea', nullable: true }) previousDigest!: Buffer | null;
  @Column({ type: 'timestamptz', nullable: true }) rotatedAt!: Date | null;
  /** Moves with every refresh. */
  @Column({ type: 'integer', default: 0 }) generation!: number;
  @Column({ type: 'text', nullable: true }) ip!: string | null;
  /** The IPv4 address, or the /64 around the IPv6 address. */
  @Column({ type: 'text', nullable: true }) network!: string | null;
  @Column({ type: 'text', nullable: true }) userAgent!: string | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @Column({ type: 'timestamptz', default: () => 'now()' }) lastUsedAt!: Date;
  @Column('timestamptz') expiresAt!: Date;
  @Column({ type: 'timestamptz', nullable: true }) revokedAt!: Date | null;
  @Column({ type: 'text', nullable: true }) revokedReason!: string | null;
}
