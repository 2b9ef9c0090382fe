import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('credentials')
export class CredentialEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') providerId!: string;
  @Column('bytea') valueSealed!: Buffer;
  /** HMAC-SHA256(pepper, value). */
  @Column('bytea') fingerprint!: Buffer;
  @Column({ type: 'integer', default: 1 }) weight!: number;
  @Column({ type: 'text', default: 'active' }) status!: 'active' | 'disabled';
  @Column({ type: 'text', default: 'api' }) managedBy!: 'api' | 'file';
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
}
