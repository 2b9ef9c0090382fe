import { Identity, Sessions } from '@higress/auth';
import type { Requester } from '@higress/database';
import { Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { By, Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { IdPipe } from '../id.pipe';
import { OwnSessionQueryDto, SessionListDto, toSession } from '../sessions/sessions.schema';

/** Where the caller is signed in, and how that ends. */
@ManagementController('auth')
@Needs('signed-in')
export class OwnSessionsController {
  constructor(private readonly sessions: Sessions) {}

  @Post('logout')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Its access and refresh tokens are refused everywhere within a second.' })
  async logout(@By() by: Requester, @Caller() { sessionId }: Identity): Promise<void> {
    await this.sessions.end(by, sessionId, 'logout');
  }

  @Post('logout-all')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Every session of the caller has ended.' })
  async logoutAll(@By() by: Requester, @Caller() { userId, tenantId }: Identity): Promise<void> {
    await this.sessions.endAll(by, userId, tenantId, 'logout-all');
  }

  @Get('sessions')
  @ZodResponse({ status: 200, type: SessionListDto })
  async list(@Query() page: OwnSessionQueryDto, @By() by: Requester, @Caller() { userId, sessionId }: Identity) {
    const { data, nextCursor } = await this.sessions.list(by, { tenantId: null, userId }, page);
    return { data: data.map((row) => toSession(row, sessionId)), next_cursor: nextCursor };
  }

  @Delete('sessions')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Every session of the caller but this one has ended.' })
  async endOthers(@By() by: Requester, @Caller() { userId, tenantId, sessionId }: Identity): Promise<void> {
    await this.sessions.endAll(by, userId, tenantId, 'ended by its owner', sessionId);
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Its tokens are refused everywhere within a second.' })
  async end(@Param('id', IdPipe) id: string, @By() by: Requester): Promise<void> {
    await this.sessions.end(by, id, 'ended by its owner');
  }
}
