import { Accounts } from '@higress/billing';
import { Desk, type Requester } from '@higress/database';
import { DomainError } from '@higress/kernel';
import { Body, HttpCode, Param, Post } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { IdPipe } from '../id.pipe';
import { BalanceDto, FreezeDto, toBalance } from './tenants.schema';

/** Stops a tenant's calls, and lets them go on. Calls that run are settled; gateways learn of either within ten seconds. */
@ManagementController('tenants')
export class FreezingController {
  constructor(private readonly desk: Desk) {}

  @Post(':id/freeze')
  @HttpCode(200)
  @Needs('tenants:write')
  @ZodResponse({ status: 200, type: BalanceDto })
  async freeze(@Param('id', IdPipe) id: string, @Body() { reason }: FreezeDto, @By() by: Requester) {
    return this.#set(by, id, reason);
  }

  @Post(':id/unfreeze')
  @HttpCode(200)
  @Needs('tenants:write')
  @ZodResponse({ status: 200, type: BalanceDto })
  async unfreeze(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return this.#set(by, id, null);
  }

  /** @param reason null unfreezes */
  #set(by: Requester, id: string, reason: string | null) {
    return this.desk.change(by, async (tx) => {
      const accounts = new Accounts(tx);
      const before = (await accounts.balance(id)) ?? noTenant();
      await (reason === null ? accounts.unfreeze(id) : accounts.freeze(id, reason));
      const after = (await accounts.balance(id)) ?? noTenant();
      const isSame = before.frozen?.reason === after.frozen?.reason;
      const audit = { tenantId: id, action: reason === null ? 'tenant.unfrozen' : 'tenant.frozen', subjectType: 'tenant', subjectId: id, before: { frozen: before.frozen }, after: { frozen: after.frozen } };
      return { value: toBalance(after), audit: isSame ? null : audit };
    });
  }
}

function noTenant(): never {
  throw new DomainError('NOT_FOUND', { message: 'There is no such tenant.' });
}
