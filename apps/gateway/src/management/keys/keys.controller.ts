import { isDeepStrictEqual } from 'node:util';
import { Identity, KeyRing } from '@higress/auth';
import type { Requester } from '@higress/database';
import { type Limits, NO_LIMITS } from '@higress/kernel';
import { Body, Get, Param, Post, Query } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { By, Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { IdPipe } from '../id.pipe';
import { KeyDto, KeyListDto, KeyQueryDto, MadeKeyDto, NewKeyDto, toKey } from './keys.schema';

@ManagementController('keys')
export class KeysController {
  constructor(private readonly keyRing: KeyRing) {}

  @Get()
  @Needs('keys:read')
  @ZodResponse({ status: 200, type: KeyListDto })
  async list(@Query() { tenant_id, owner_user_id, ...page }: KeyQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.keyRing.list(by, { tenantId: visibleTenant(by, tenant_id), ownerUserId: owner_user_id }, page);
    return { data: data.map(toKey), next_cursor: nextCursor };
  }

  @Post()
  @Needs('keys:write')
  @ZodResponse({ status: 201, type: MadeKeyDto })
  async create(@Body() body: NewKeyDto, @By() by: Requester, @Caller() caller: Identity) {
    if (!isUnlimited(body.limits)) caller.require('keys:limit', 'limits');
    const { row, key, signingSecret } = await this.keyRing.create(by, { ...body, tenant_id: visibleTenant(by, body.tenant_id) });
    return { ...toKey(row), key, ...(signingSecret !== null && { signing_secret: signingSecret }) };
  }

  @Get(':id')
  @Needs('keys:read')
  @ZodResponse({ status: 200, type: KeyDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return toKey(await this.keyRing.get(by, id));
  }

  @Post(':id/revoke')
  @Needs('keys:write')
  @ZodResponse({ status: 200, type: KeyDto })
  async revoke(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return toKey(await this.keyRing.revoke(by, id));
  }
}

const isUnlimited = (limits: Limits) => isDeepStrictEqual({ ...limits }, { ...NO_LIMITS });
