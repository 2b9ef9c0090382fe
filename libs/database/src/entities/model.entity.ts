import type { RoutingStrategy } from '@higress/kernel';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('models')
export class ModelEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column({ type: 'text', default: 'priority-weight' }) strategy!: RoutingStrategy;
  @Column({ type: 'text', default: 'active' }) status!: 'active' | 'disabled';
  @Column({ type: 'text', default: 'api' }) managedBy!: 'api' | 'file';
  @CreateDateColumn({ type: 'timestamptz' }) createdAt!: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updatedAt!: Date;
}
