import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('users')
export class UserEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') tenantId!: string;
  /** Unique whatever its case. */
  @Column('text') email!: string;
  /** Argon2id, in PHC form. */
  @Column('text') passwordHash!: string;
  @Column({ type: 'text', default: 'active' }) status!: 'active' | 'banned';
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
}
