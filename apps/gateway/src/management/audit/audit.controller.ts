import { AuditTrail } from '@higress/auth';
import type { Requester } from '@higress/database';
import { Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { By, Still } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { csvOf } from '../csv';
import { AUDIT_COLUMNS, AuditListDto, AuditQueryDto, toAuditRow } from './audit.schema';

const CSV_PAGE = 1000;

@ManagementController('audit')
export class AuditController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @Needs('audit:read')
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: AuditListDto.Output })
  async list(@Query() { limit, cursor, format, tenant_id, actor_kind, actor_id, subject_type, subject_id, request_id, ...same }: AuditQueryDto, @By() by: Requester, @Still() still: () => Promise<void>) {
    const filter = { ...same, tenantId: visibleTenant(by, tenant_id), actorKind: actor_kind, actorId: actor_id, subjectType: subject_type, subjectId: subject_id, requestId: request_id };
    const page = async (from: string | undefined, rows: number) => {
      const { data, nextCursor } = await this.trail.page(by, filter, { limit: rows, cursor: from });
      return { data: data.map(toAuditRow), next_cursor: nextCursor };
    };
    return format === 'json' ? page(cursor, limit) : csvOf('audit', AUDIT_COLUMNS, (next) => page(next ?? cursor, CSV_PAGE), still);
  }
}
