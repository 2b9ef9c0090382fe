import { Identity, KeyRing } from '@higress/auth';
import type { Actor } from '@higress/database';
import { Body, Get, Param, Post, Query } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { Author, Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { IdPipe } from '../id.pipe';
import { KeyDto, KeyListDto, KeyQueryDto, MadeKeyDto, NewKeyDto, toKey } from './keys.schema';

@ManagementController('keys')
export class KeysController {
  constructor(private readonly keyRing: KeyRing) {}

  @Get()
  @Needs('tenant:read')
  @ZodResponse({ status: 200, type: KeyListDto })
  async list(@Query() { tenant_id, ...page }: KeyQueryDto, @Caller() caller: Identity) {
    const { data, nextCursor } = await this.keyRing.list(page, visibleTenant(caller, tenant_id));
    return { data: data.map(toKey), next_cursor: nextCursor };
  }

  @Post()
  @Needs('tenant:write')
  @ZodResponse({ status: 201, type: MadeKeyDto })
  async create(@Body() body: NewKeyDto, @Caller() caller: Identity, @Author() author: Actor) {
    visibleTenant(caller, body.tenant_id);
    const { row, key, signingSecret } = await this.keyRing.create(author, body);
    return { ...toKey(row), key, ...(signingSecret !== null && { signing_secret: signingSecret }) };
  }

  @Get(':id')
  @Needs('tenant:read')
  @ZodResponse({ status: 200, type: KeyDto })
  async get(@Param('id', IdPipe) id: string, @Caller() caller: Identity) {
    return toKey(await this.keyRing.get(id, caller.visibleTenantId));
  }

  @Post(':id/revoke')
  @Needs('tenant:write')
  @ZodResponse({ status: 200, type: KeyDto })
  async revoke(@Param('id', IdPipe) id: string, @Caller() caller: Identity, @Author() author: Actor) {
    return toKey(await this.keyRing.revoke(author, id, caller.visibleTenantId));
  }
}
