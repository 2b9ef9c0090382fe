import { Identity } from '@higress/auth';
import { UsageRecords } from '@higress/billing';
import { Get, Query } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { toUsageRow, UsageListDto, UsageQueryDto } from './usage.schema';

@ManagementController('usage')
export class UsageController {
  constructor(private readonly usage: UsageRecords) {}

  @Get()
  @Needs('tenant:read')
  @ZodResponse({ status: 200, type: UsageListDto })
  async list(@Query() { limit, cursor, tenant_id, key_id, request_id, error_code, ...same }: UsageQueryDto, @Caller() caller: Identity) {
    const filter = { ...same, tenantId: visibleTenant(caller, tenant_id), keyId: key_id, requestId: request_id, errorCode: error_code };
    const { rows, nextCursor } = await this.usage.page(filter, { limit, cursor: cursor ?? null });
    return { data: rows.map(toUsageRow), next_cursor: nextCursor };
  }
}
