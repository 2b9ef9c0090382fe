import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('roles')
export class RoleEntity {
  @PrimaryColumn('text') name!: string;
  /** Read by older releases; what a role may do is in the table of permissions of @higress/auth. */
  @Column({ type: 'text', array: true }) permissions!: string[];
}
