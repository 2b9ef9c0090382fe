import { type Page, type PageRequest, UsageRecords, type UsageSum, UsageSummary } from '@higress/billing';
import { Desk, type Requester } from '@higress/database';
import { Get, Query } from '@nestjs/common';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { csvAnswer } from '../csv/csv-answer';
import { ListOrCsv } from '../csv/list-or-csv';
import { sumTable, toFilter, toSumRow, toUsageRow, USAGE_TABLE, UsageListDto, UsageQueryDto, UsageSumListDto, UsageSummaryQueryDto } from './usage.schema';

@ManagementController('usage')
export class UsageController {
  constructor(private readonly desk: Desk) {}

  @Get()
  @Needs('usage:read')
  @ListOrCsv(UsageListDto)
  async list(@Query() { limit, cursor, format, tenant_id, request_id, channel, status, error_code, ...same }: UsageQueryDto, @By() by: Requester) {
    const filter = { ...toFilter(same, by), tenantId: visibleTenant(by, tenant_id), requestId: request_id, channel, status, errorCode: error_code };
    if (format === 'csv') return csvAnswer(USAGE_TABLE, (page) => this.desk.read(by, (tx) => new UsageRecords(tx).page(filter, page)));
    const { rows, nextCursor } = await this.desk.read(by, (tx) => new UsageRecords(tx).page(filter, { limit, cursor: cursor ?? null }));
    return { data: rows.map(toUsageRow), next_cursor: nextCursor };
  }

  @Get('summary')
  @Needs('usage:read')
  @ListOrCsv(UsageSumListDto)
  async summary(@Query() { limit, cursor, format, tenant_id, group_by = [], ...same }: UsageSummaryQueryDto, @By() by: Requester) {
    const filter = { ...toFilter(same, by), tenantId: visibleTenant(by, tenant_id) };
    // Sums have no id to go on from: the cursor counts them.
    const read = async (page: PageRequest): Promise<Page<UsageSum>> => {
      const skip = Number(page.cursor ?? 0);
      const sums = await this.desk.read(by, (tx) => new UsageSummary(tx).of(filter, group_by, { limit: page.limit + 1, skip }));
      return { rows: sums.slice(0, page.limit), nextCursor: sums.length > page.limit ? String(skip + page.limit) : null };
    };
    if (format === 'csv') return csvAnswer(sumTable(group_by), read);
    const { rows, nextCursor } = await read({ limit, cursor: cursor ?? null });
    return { data: rows.map(toSumRow), next_cursor: nextCursor };
  }
}
