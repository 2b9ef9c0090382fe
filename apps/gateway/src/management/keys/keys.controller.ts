import { isDeepStrictEqual } from 'node:util';
import { Identity, KEY_BOUNDS, KeyEditor, KeyRing } from '@higress/auth';
import { keyUsage } from '@higress/billing';
import { Desk, type Requester } from '@higress/database';
import { type Limits, NO_LIMITS } from '@higress/kernel';
import { Body, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ZodResponse } from 'nestjs-zod';
import { By, Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { requireMatch, tagged } from '../etag';
import { IdPipe } from '../id.pipe';
import { TakesIfMatch } from '../if-match';
import { EditedKeyDto, KeyDto, KeyLimitsDto, KeyListDto, KeyPatchDto, KeyQueryDto, MadeKeyDto, NewKeyDto, RotatedKeyDto, RotationDto, toKey } from './keys.schema';
import { KeyUsageDto, KeyUsageQueryDto, toKeyUsage } from './key-usage.schema';

const HOUR_MS = 3_600_000;

@ManagementController('keys')
export class KeysController {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly keyEditor: KeyEditor,
    private readonly desk: Desk,
  ) {}

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
    return { ...toKey(row), key, ...shownOnce(signingSecret) };
  }

  @Get(':id')
  @Needs('keys:read')
  @ZodResponse({ status: 200, type: KeyDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toKey(await this.keyRing.get(by, id)));
  }

  @Patch(':id')
  @Needs('keys:write')
  @TakesIfMatch
  @ZodResponse({ status: 200, type: EditedKeyDto })
  async change(@Param('id', IdPipe) id: string, @Body() patch: KeyPatchDto, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester, @Caller() caller: Identity, @Res({ passthrough: true }) reply: FastifyReply) {
    for (const bound of KEY_BOUNDS) if (patch[bound] !== undefined) caller.require('keys:limit', bound);
    const { row, signingSecret } = await this.keyEditor.change(by, id, patch, (current) => requireMatch(ifMatch, toKey(current)));
    return { ...tagged(reply, toKey(row)), ...shownOnce(signingSecret) };
  }

  @Delete(':id')
  @Needs('keys:write')
  @HttpCode(204)
  @TakesIfMatch
  @ApiNoContentResponse({ description: 'It is gone, and refused everywhere within a second. What it used stays.' })
  async remove(@Param('id', IdPipe) id: string, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester): Promise<void> {
    await this.keyEditor.remove(by, id, (current) => requireMatch(ifMatch, toKey(current)));
  }

  @Put(':id/limits')
  @Needs('keys:limit')
  @TakesIfMatch
  @ZodResponse({ status: 200, type: KeyDto })
  async limit(@Param('id', IdPipe) id: string, @Body() limits: KeyLimitsDto, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    const { row } = await this.keyEditor.change(by, id, { limits }, (current) => requireMatch(ifMatch, toKey(current)));
    return tagged(reply, toKey(row));
  }

  @Post(':id/revoke')
  @Needs('keys:write')
  @ZodResponse({ status: 200, type: KeyDto })
  async revoke(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return toKey(await this.keyRing.revoke(by, id));
  }

  @Post(':id/rotate')
  @Needs('keys:write')
  @ZodResponse({ status: 200, type: RotatedKeyDto })
  async rotate(@Param('id', IdPipe) id: string, @Query() { grace_period_hours }: RotationDto, @By() by: Requester) {
    const { row, key, signingSecret, graceEndsAt } = await this.keyEditor.rotate(by, id, grace_period_hours * HOUR_MS);
    return { ...toKey(row), key, ...shownOnce(signingSecret), grace_ends_at: graceEndsAt.toISOString() };
  }

  @Get(':id/usage')
  @Needs('keys:read')
  @ZodResponse({ status: 200, type: KeyUsageDto })
  async usage(@Param('id', IdPipe) keyId: string, @Query() { from, to }: KeyUsageQueryDto, @By() by: Requester) {
    const { tenantId, lastUsedAt } = await this.keyRing.get(by, keyId);
    const range = { tenantId, keyId, firstDay: from ?? daysBefore(to ?? today(), 29), lastDay: to ?? today() };
    return toKeyUsage(range, lastUsedAt, await this.desk.read(by, (tx) => keyUsage(tx, range)));
  }
}

const isUnlimited = (limits: Limits) => isDeepStrictEqual({ ...limits }, { ...NO_LIMITS });
const shownOnce = (signingSecret: string | null) => (signingSecret === null ? {} : { signing_secret: signingSecret });
const today = () => new Date().toISOString().slice(0, 10);
const daysBefore = (day: string, days: number) => new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);
