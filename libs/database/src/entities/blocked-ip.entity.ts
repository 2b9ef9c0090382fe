import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** An address, or a network of them, whose calls are refused. */
@Entity('blocked_ips')
export class BlockedIpEntity {
  @PrimaryColumn('uuid') id!: string;
  /** `192.0.2.1/32`, `2001:db8::/32`. */
  @Column('cidr') cidr!: string;
  @Column({ type: 'text', nullable: true }) reason!: string | null;
  /** Null: until it is taken back. */
  @Column({ type: 'timestamptz', nullable: true }) expiresAt!: Date | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
}
