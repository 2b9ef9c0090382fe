import { Identity } from '@higress/auth';
import { Ledger } from '@higress/billing';
import { Get, Query } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { visibleTenant } from '../access/visible-tenant';
import { LedgerListDto, LedgerQueryDto, toLedgerRow } from './ledger.schema';

@ManagementController('ledger')
export class LedgerController {
  constructor(private readonly ledger: Ledger) {}

  @Get()
  @Needs('tenant:read')
  @ZodResponse({ status: 200, type: LedgerListDto })
  async list(@Query() { limit, cursor, tenant_id, kind, request_id, from, to }: LedgerQueryDto, @Caller() caller: Identity) {
    const filter = { tenantId: visibleTenant(caller, tenant_id), kind, requestId: request_id, from, to };
    const { rows, nextCursor } = await this.ledger.page(filter, { limit, cursor: cursor ?? null });
    return { data: rows.map(toLedgerRow), next_cursor: nextCursor };
  }
}
