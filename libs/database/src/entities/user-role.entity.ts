import { Entity, PrimaryColumn } from 'typeorm';

@Entity('user_roles')
export class UserRoleEntity {
  @PrimaryColumn('uuid') userId!: string;
  @PrimaryColumn('text') role!: string;
}
