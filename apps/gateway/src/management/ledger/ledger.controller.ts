import { Ledger } from '@higress/billing';
import { Desk, type Requester } from '@higress/database';
import { Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { By, Still } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { csvOf } from '../csv';
import { LEDGER_COLUMNS, LedgerListDto, LedgerQueryDto, toLedgerRow } from './ledger.schema';

const CSV_PAGE = 1000;

@ManagementController('ledger')
export class LedgerController {
  constructor(private readonly desk: Desk) {}

  @Get()
  @Needs('ledger:read')
  @ApiProduces('application/json', 'text/csv')
  @ApiOkResponse({ type: LedgerListDto.Output })
  async list(@Query() { limit, cursor, format, tenant_id, kind, request_id, key_id, model, min_amount_usd, from, to }: LedgerQueryDto, @By() by: Requester, @Still() still: () => Promise<void>) {
    const filter = { tenantId: visibleTenant(by, tenant_id), kind, requestId: request_id, keyId: key_id, model, atLeastNanoUsd: min_amount_usd, from, to };
    const page = async (start: string | undefined, most: number) => {
      const { rows, nextCursor } = await this.desk.read(by, (tx) => new Ledger(tx).page(filter, { limit: most, cursor: start ?? null }));
      return { data: rows.map(toLedgerRow), next_cursor: nextCursor };
    };
    return format === 'json' ? page(cursor, limit) : csvOf('ledger', LEDGER_COLUMNS, (next) => page(next ?? cursor, CSV_PAGE), still);
  }
}
