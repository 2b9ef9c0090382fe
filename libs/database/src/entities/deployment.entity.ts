import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('deployments')
export class DeploymentEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') modelId!: string;
  @Column('uuid') providerId!: string;
  @Column('text') upstreamModel!: string;
  /** Lower is tried first. */
  @Column({ type: 'integer', default: 1 }) priority!: number;
  @Column({ type: 'integer', default: 100 }) weight!: number;
  @Column({ type: 'integer', nullable: true }) maxOutputTokens!: number | null;
  @Column({ type: 'text', default: 'active' }) status!: 'active' | 'disabled';
  @Column({ type: 'text', default: 'api' }) managedBy!: 'api' | 'file';
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
}
