import { UsageRecords, UsageSummary } from '@higress/billing';
import { Desk, type Requester } from '@higress/database';
import { Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { By, Still } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { csvOf } from '../csv';
import { sumColumns, toFilter, toSumRow, toUsageRow, USAGE_COLUMNS, UsageListDto, UsageQueryDto, UsageSumListDto, UsageSummaryQueryDto } from './usage.schema';

const CSV_PAGE = 1000;

@ManagementController('usage')
export class UsageController {
  constructor(private readonly desk: Desk) {}

  @Get()
  @Needs('usage:read')
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: UsageListDto.Output })
  async list(@Query() { limit, cursor, format, tenant_id, request_id, channel, status, error_code, min_cost_usd, ...same }: UsageQueryDto, @By() by: Requester, @Still() still: () => Promise<void>) {
    const filter = { ...toFilter(same, by), tenantId: visibleTenant(by, tenant_id), requestId: request_id, channel, status, errorCode: error_code, atLeastNanoUsd: min_cost_usd };
    const page = async (from: string | undefined, most: number) => {
      const { rows, nextCursor } = await this.desk.read(by, (tx) => new UsageRecords(tx).page(filter, { limit: most, cursor: from ?? null }));
      return { data: rows.map(toUsageRow), next_cursor: nextCursor };
    };
    return format === 'json' ? page(cursor, limit) : csvOf('usage', USAGE_COLUMNS, (next) => page(next ?? cursor, CSV_PAGE), still);
  }

  @Get('summary')
  @Needs('usage:read')
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: UsageSumListDto.Output })
  async summary(@Query() { limit, cursor, format, tenant_id, group_by = [], ...same }: UsageSummaryQueryDto, @By() by: Requester, @Still() still: () => Promise<void>) {
    const filter = { ...toFilter(same, by), tenantId: visibleTenant(by, tenant_id) };
    // Sums have no id to go on from: the cursor counts them.
    const page = async (from: string | undefined, most: number) => {
      const skip = Number(from ?? 0);
      const sums = await this.desk.read(by, (tx) => new UsageSummary(tx).of(filter, group_by, { limit: most + 1, skip }));
      return { data: sums.slice(0, most).map(toSumRow), next_cursor: sums.length > most ? String(skip + most) : null };
    };
    return format === 'json' ? page(cursor, limit) : csvOf('usage-summary', sumColumns(group_by), (next) => page(next ?? cursor, CSV_PAGE), still);
  }
}
