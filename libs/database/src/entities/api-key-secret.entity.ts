import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('api_key_secrets')
export class ApiKeySecretEntity {
  /** HMAC-SHA256(pepper, secret). */
  @PrimaryColumn('bytea') digest!: Buffer;
  @Column('uuid') keyId!: string;
  /** The end of its grace while the key is rotated. */
  @Column({ type: 'timestamptz', nullable: true }) expiresAt!: Date | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
}
