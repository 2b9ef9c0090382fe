import { BlockedIps } from '@higress/auth';
import type { Requester } from '@higress/database';
import { Body, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { IdPipe } from '../id.pipe';
import { BlockedIpDto, BlockedIpListDto, BlockedIpQueryDto, NewBlockedIpDto, toBlockedIp } from './blocked-ips.schema';

@ManagementController('blocked-ips')
export class BlockedIpsController {
  constructor(private readonly blockedIps: BlockedIps) {}

  @Get()
  @Needs('blocked-ips:read')
  @ZodResponse({ status: 200, type: BlockedIpListDto })
  async list(@Query() page: BlockedIpQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.blockedIps.list(by, page);
    return { data: data.map(toBlockedIp), next_cursor: nextCursor };
  }

  @Post()
  @Needs('blocked-ips:write')
  @ZodResponse({ status: 201, type: BlockedIpDto })
  async create(@Body() { cidr, reason, expires_at }: NewBlockedIpDto, @By() by: Requester) {
    return toBlockedIp(await this.blockedIps.create(by, { cidr, reason, expiresAt: expires_at === null ? null : new Date(expires_at) }));
  }

  @Get(':id')
  @Needs('blocked-ips:read')
  @ZodResponse({ status: 200, type: BlockedIpDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return toBlockedIp(await this.blockedIps.get(by, id));
  }

  @Delete(':id')
  @Needs('blocked-ips:write')
  @HttpCode(204)
  @ApiNoContentResponse()
  async delete(@Param('id', IdPipe) id: string, @By() by: Requester): Promise<void> {
    await this.blockedIps.delete(by, id);
  }
}
