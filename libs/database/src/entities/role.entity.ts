import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('roles')
export class RoleEntity {
  @PrimaryColumn('text') name!: string;
  @Column({ type: 'text', array: true }) permissions!: string[];
}
