import { UsageRecords } from '@higress/billing';
import { Desk, type Requester } from '@higress/database';
import { Get, Query } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { toUsageRow, UsageListDto, UsageQueryDto } from './usage.schema';

@ManagementController('usage')
export class UsageController {
  constructor(private readonly desk: Desk) {}

  @Get()
  @Needs('usage:read')
  @ZodResponse({ status: 200, type: UsageListDto })
  async list(@Query() { limit, cursor, tenant_id, key_id, request_id, error_code, ...same }: UsageQueryDto, @By() by: Requester) {
    const filter = { ...same, tenantId: visibleTenant(by, tenant_id), keyId: key_id, requestId: request_id, errorCode: error_code };
    const { rows, nextCursor } = await this.desk.read(by, (tx) => new UsageRecords(tx).page(filter, { limit, cursor: cursor ?? null }));
    return { data: rows.map(toUsageRow), next_cursor: nextCursor };
  }
}
