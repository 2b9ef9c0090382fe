import { Identity, TenantEditor } from '@higress/auth';
import type { Requester } from '@higress/database';
import { DomainError, limitsSchema } from '@higress/kernel';
import { Body, Headers, Param, Patch, Put, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { By, Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { requireMatch, tagged } from '../etag';
import { IdPipe } from '../id.pipe';
import { TenantDto, TenantPatchDto, toTenant } from './tenants.schema';

class TenantLimitsDto extends createZodDto(limitsSchema) {}

const IfMatch = ApiHeader({ name: 'If-Match', required: false, description: 'The ETag that was read: refused with 412 when somebody has changed it since.' });

/** What owners change of a tenant. */
@ManagementController('tenants')
export class TenantChangesController {
  constructor(private readonly editor: TenantEditor) {}

  @Patch(':id')
  @Needs('tenants:write')
  @IfMatch
  @ZodResponse({ status: 200, type: TenantDto })
  async change(@Param('id', IdPipe) id: string, @Body() patch: TenantPatchDto, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester, @Caller() caller: Identity, @Res({ passthrough: true }) reply: FastifyReply) {
    if (patch.status === 'disabled' && id === caller.tenantId) throw new DomainError('CONFLICT', { param: 'status', message: 'This is your own tenant: nobody of it could undo that.' });
    return tagged(reply, toTenant(await this.editor.change(by, id, patch, (row) => requireMatch(ifMatch, toTenant(row)))));
  }

  @Put(':id/limits')
  @Needs('tenants:write')
  @IfMatch
  @ZodResponse({ status: 200, type: TenantDto })
  async limit(@Param('id', IdPipe) id: string, @Body() limits: TenantLimitsDto, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toTenant(await this.editor.change(by, id, { limits }, (row) => requireMatch(ifMatch, toTenant(row)))));
  }
}
