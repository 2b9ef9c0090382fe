import { Ledger } from '@higress/billing';
import { Desk, type Requester } from '@higress/database';
import { Get, Query } from '@nestjs/common';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { csvAnswer } from '../csv/csv-answer';
import { ListOrCsv } from '../csv/list-or-csv';
import { LEDGER_TABLE, LedgerListDto, LedgerQueryDto, toLedgerRow } from './ledger.schema';

@ManagementController('ledger')
export class LedgerController {
  constructor(private readonly desk: Desk) {}

  @Get()
  @Needs('ledger:read')
  @ListOrCsv(LedgerListDto)
  async list(@Query() { limit, cursor, format, tenant_id, kind, request_id, from, to }: LedgerQueryDto, @By() by: Requester) {
    const filter = { tenantId: visibleTenant(by, tenant_id), kind, requestId: request_id, from, to };
    if (format === 'csv') return csvAnswer(LEDGER_TABLE, (page) => this.desk.read(by, (tx) => new Ledger(tx).page(filter, page)));
    const { rows, nextCursor } = await this.desk.read(by, (tx) => new Ledger(tx).page(filter, { limit, cursor: cursor ?? null }));
    return { data: rows.map(toLedgerRow), next_cursor: nextCursor };
  }
}
