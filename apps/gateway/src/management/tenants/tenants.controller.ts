import { Identity, Tenants } from '@higress/auth';
import { Accounts } from '@higress/billing';
import type { Actor } from '@higress/database';
import { DomainError, parseUsd } from '@higress/kernel';
import { Body, Get, Headers, Param, Post, Query } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { Author, Caller } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { IdPipe } from '../id.pipe';
import { LedgerEntryDto, toLedgerRow } from '../ledger/ledger.schema';
import { CreditTenant } from './credit-tenant';
import { BalanceDto, CreditDto, NewTenantDto, TenantDto, TenantListDto, TenantQueryDto, toBalance, toTenant } from './tenants.schema';

@ManagementController('tenants')
export class TenantsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly accounts: Accounts,
    private readonly creditTenant: CreditTenant,
  ) {}

  @Get()
  @Needs('tenant:read')
  @ZodResponse({ status: 200, type: TenantListDto })
  async list(@Query() query: TenantQueryDto, @Caller() caller: Identity) {
    const { data, nextCursor } = await this.tenants.list(query, caller.visibleTenantId);
    return { data: data.map(toTenant), next_cursor: nextCursor };
  }

  @Post()
  @Needs('platform:write')
  @ZodResponse({ status: 201, type: TenantDto })
  async create(@Body() body: NewTenantDto, @Author() author: Actor) {
    return toTenant(await this.tenants.create(author, body));
  }

  @Get(':id')
  @Needs('tenant:read')
  @ZodResponse({ status: 200, type: TenantDto })
  async get(@Param('id', IdPipe) id: string, @Caller() caller: Identity) {
    return toTenant(await this.tenants.get(id, caller.visibleTenantId));
  }

  @Get(':id/balance')
  @Needs('tenant:read')
  @ZodResponse({ status: 200, type: BalanceDto })
  async balance(@Param('id', IdPipe) id: string, @Caller() caller: Identity) {
    await this.tenants.get(id, caller.visibleTenantId);
    return toBalance((await this.accounts.balance(id)) ?? noAccount());
  }

  @Post(':id/credits')
  @Needs('platform:credit')
  @ApiHeader({ name: 'Idempotency-Key', required: true, description: 'The same key adds the money once, however often it comes.' })
  @ZodResponse({ status: 201, type: LedgerEntryDto })
  async credit(@Param('id', IdPipe) tenantId: string, @Body() { amount_usd, note }: CreditDto, @Headers('idempotency-key') key: string | undefined, @Author() author: Actor) {
    return toLedgerRow(await this.creditTenant.run(author, { tenantId, amountNanoUsd: parseUsd(amount_usd), note, idempotencyKey: usable(key) }));
  }
}

function usable(key: string | undefined): string {
  if (key && key.length <= 255) return key;
  throw new DomainError('INVALID_REQUEST', { param: 'Idempotency-Key', message: 'Send an Idempotency-Key header of at most 255 characters, so that a retry does not add the money twice.' });
}

function noAccount(): never {
  throw new DomainError('NOT_FOUND', { message: 'There is no such tenant.' });
}
