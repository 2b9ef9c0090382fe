import { Tenants } from '@higress/auth';
import { Accounts } from '@higress/billing';
import { Desk, type Requester } from '@higress/database';
import { DomainError, parseUsd } from '@higress/kernel';
import { Body, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { tagged } from '../etag';
import { IdPipe } from '../id.pipe';
import { LedgerEntryDto, toLedgerRow } from '../ledger/ledger.schema';
import { CreditTenant } from './credit-tenant';
import { BalanceDto, CreditDto, NewTenantDto, TenantDto, TenantListDto, TenantQueryDto, toBalance, toTenant } from './tenants.schema';

@ManagementController('tenants')
export class TenantsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly desk: Desk,
    private readonly creditTenant: CreditTenant,
  ) {}

  @Get()
  @Needs('tenants:read')
  @ZodResponse({ status: 200, type: TenantListDto })
  async list(@Query() query: TenantQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.tenants.list(by, query);
    return { data: data.map(toTenant), next_cursor: nextCursor };
  }

  @Post()
  @Needs('tenants:write')
  @ZodResponse({ status: 201, type: TenantDto })
  async create(@Body() body: NewTenantDto, @By() by: Requester) {
    return toTenant(await this.tenants.create(by, body));
  }

  @Get(':id')
  @Needs('tenants:read')
  @ZodResponse({ status: 200, type: TenantDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toTenant(await this.tenants.get(by, id)));
  }

  @Get(':id/balance')
  @Needs('tenants:read')
  @ZodResponse({ status: 200, type: BalanceDto })
  async balance(@Param('id', IdPipe) id: string, @By() by: Requester) {
    await this.tenants.get(by, id);
    return toBalance((await this.desk.read(by, (tx) => new Accounts(tx).balance(id))) ?? noAccount());
  }

  @Post(':id/credits')
  @Needs('tenants:credit')
  @ApiHeader({ name: 'Idempotency-Key', required: true, description: 'The same key adds the money once, however often it comes.' })
  @ZodResponse({ status: 201, type: LedgerEntryDto })
  async credit(@Param('id', IdPipe) tenantId: string, @Body() { amount_usd, kind, note }: CreditDto, @Headers('idempotency-key') key: string | undefined, @By() by: Requester) {
    return toLedgerRow(await this.creditTenant.run(by, { tenantId, amountNanoUsd: parseUsd(amount_usd), kind, note, idempotencyKey: usable(key) }));
  }
}

function usable(key: string | undefined): string {
  if (key && key.length <= 255) return key;
  throw new DomainError('INVALID_REQUEST', { param: 'Idempotency-Key', message: 'Send an Idempotency-Key header of at most 255 characters, so that a retry does not add the money twice.' });
}

function noAccount(): never {
  throw new DomainError('NOT_FOUND', { message: 'There is no such tenant.' });
}
