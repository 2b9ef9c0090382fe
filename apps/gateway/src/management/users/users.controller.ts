import { Identity, PasswordChanges, Standing, Users } from '@higress/auth';
import type { Requester } from '@higress/database';
import { Body, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ZodResponse } from 'nestjs-zod';
import { By, Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { requireMatch, tagged } from '../etag';
import { IdPipe } from '../id.pipe';
import { BanDto, MadeUserDto, NewUserDto, ResetDto, RolesDto, toUser, UserChangeDto, UserDto, UserListDto, UserQueryDto } from './users.schema';

@ManagementController('users')
export class UsersController {
  constructor(
    private readonly users: Users,
    private readonly standing: Standing,
    private readonly passwords: PasswordChanges,
  ) {}

  @Get()
  @Needs('users:read')
  @ZodResponse({ status: 200, type: UserListDto })
  async list(@Query() { tenant_id, limit, cursor, ...filter }: UserQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.users.list(by, { ...filter, tenantId: visibleTenant(by, tenant_id) }, { limit, cursor });
    return { data: data.map(toUser), next_cursor: nextCursor };
  }

  @Post()
  @Needs('users:write')
  @ZodResponse({ status: 201, type: MadeUserDto })
  async create(@Body() { tenant_id, email, password, roles }: NewUserDto, @By() by: Requester, @Caller() caller: Identity) {
    const person = await this.users.create(by, { tenantId: visibleTenant(by, tenant_id ?? caller.tenantId), email, password: password ?? null, roles });
    if (password !== undefined) return toUser(person);
    const { token, expiresAt } = await this.passwords.issueReset(by, person.user.id);
    return { ...toUser(person), reset_token: token, reset_expires_at: expiresAt.toISOString() };
  }

  @Get(':id')
  @Needs('users:read')
  @ZodResponse({ status: 200, type: UserDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toUser(await this.users.get(by, id)));
  }

  @Patch(':id')
  @Needs('users:write')
  @ZodResponse({ status: 200, type: UserDto })
  async change(@Param('id', IdPipe) id: string, @Body() { email }: UserChangeDto, @By() by: Requester, @Headers('if-match') ifMatch: string | undefined, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toUser(await this.users.changeEmail(by, id, email, (person) => requireMatch(ifMatch, toUser(person)))));
  }

  @Post(':id/ban')
  @HttpCode(200)
  @Needs('users:write')
  @ZodResponse({ status: 200, type: UserDto })
  async ban(@Param('id', IdPipe) id: string, @Body() { reason }: BanDto, @By() by: Requester) {
    return toUser(await this.standing.ban(by, id, reason));
  }

  @Post(':id/unban')
  @HttpCode(200)
  @Needs('users:write')
  @ZodResponse({ status: 200, type: UserDto })
  async unban(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return toUser(await this.standing.unban(by, id));
  }

  @Post(':id/roles')
  @HttpCode(200)
  @Needs('users:write')
  @ZodResponse({ status: 200, type: UserDto })
  async setRoles(@Param('id', IdPipe) id: string, @Body() { roles }: RolesDto, @By() by: Requester) {
    return toUser(await this.standing.setRoles(by, id, roles));
  }

  @Post(':id/password-reset')
  @Needs('users:write')
  @ZodResponse({ status: 201, type: ResetDto })
  async reset(@Param('id', IdPipe) id: string, @By() by: Requester) {
    const { token, expiresAt } = await this.passwords.issueReset(by, id);
    return { reset_token: token, expires_at: expiresAt.toISOString() };
  }
}
