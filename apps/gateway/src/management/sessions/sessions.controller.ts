import { Identity, Sessions } from '@higress/auth';
import type { Requester } from '@higress/database';
import { Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { By, Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { IdPipe } from '../id.pipe';
import { SessionListDto, SessionQueryDto, toSession } from './sessions.schema';

/** Other people's sessions; one's own are under `auth/sessions`. */
@ManagementController('sessions')
export class SessionsController {
  constructor(private readonly sessions: Sessions) {}

  @Get()
  @Needs('users:read')
  @ZodResponse({ status: 200, type: SessionListDto })
  async list(@Query() { tenant_id, user_id, ended, limit, cursor }: SessionQueryDto, @By() by: Requester, @Caller() { sessionId }: Identity) {
    const { data, nextCursor } = await this.sessions.list(by, { tenantId: visibleTenant(by, tenant_id), userId: user_id, ended }, { limit, cursor });
    return { data: data.map((row) => toSession(row, sessionId)), next_cursor: nextCursor };
  }

  @Delete(':id')
  @Needs('users:write')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Its tokens are refused everywhere within a second.' })
  async end(@Param('id', IdPipe) id: string, @By() by: Requester): Promise<void> {
    await this.sessions.end(by, id, 'ended by an administrator');
  }
}
