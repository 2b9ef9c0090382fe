import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('api_key_secrets')
export class ApiKeySecretEntity {
  /** HMAC-SHA256(pepper, secret). */
  @PrimaryColumn('bytea') digest!: Buffer;
  @Column('uuid') keyId!: string;
  /** The end of its grace while the key is rotated. */
  @Column({ type: 'timestamptz', nullable: true }) expiresAt!: Date | null;
  /** What requests with this secret are signed with. Null: the key's own, from before secrets had one. */
  @Column({ type: 'bytea', nullable: true }) signingSecretSealed!: Buffer | null;
  /** The part of it that may be shown. Null: the key's. */
  @Column({ type: 'text', nullable: true }) prefix!: string | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
}
