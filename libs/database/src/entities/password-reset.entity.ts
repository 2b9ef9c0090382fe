import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A one-time token with which a person sets a new password. */
@Entity('password_resets')
export class PasswordResetEntity {
  /** SHA-256 of the token. */
  @PrimaryColumn('bytea') digest!: Buffer;
  @Column('uuid') userId!: string;
  /** Who issued it. */
  @Column({ type: 'uuid', nullable: true }) createdBy!: string | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @Column('timestamptz') expiresAt!: Date;
  @Column({ type: 'timestamptz', nullable: true }) usedAt!: Date | null;
}
