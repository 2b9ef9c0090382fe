import type { Requester } from '@higress/database';
import { Body, Get, Param, Put } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { IdPipe } from '../id.pipe';
import { BudgetListDto, BudgetsDto, toBudgetList } from './budgets.schema';
import { ManagedBudgets } from './managed-budgets';

@ManagementController('keys')
export class KeyBudgetsController {
  constructor(private readonly budgets: ManagedBudgets) {}

  @Get(':id/budgets')
  @Needs('keys:read')
  @ZodResponse({ status: 200, type: BudgetListDto })
  async read(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return toBudgetList(await this.budgets.read(by, 'key', id));
  }

  @Put(':id/budgets')
  @Needs('keys:limit')
  @ZodResponse({ status: 200, type: BudgetListDto })
  async replace(@Param('id', IdPipe) id: string, @Body() body: BudgetsDto, @By() by: Requester) {
    return toBudgetList(await this.budgets.replace(by, 'key', id, body));
  }
}
