import { ListedPrices } from '@higress/catalog';
import { Desk, type Requester } from '@higress/database';
import { Get, Param, Query } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { IdPipe } from '../id.pipe';
import { ListPriceDto, ListPriceListDto, ListPriceQueryDto, toListPrice } from './list-prices.schema';

/** What was imported, version by version. Versions are only ever added: an import is taken back by another one. */
@ManagementController('prices/list')
export class ListPricesController {
  constructor(
    private readonly desk: Desk,
    private readonly listed: ListedPrices,
  ) {}

  @Get()
  @Needs('prices:read')
  @ZodResponse({ status: 200, type: ListPriceListDto })
  async list(@Query() { provider, model, source, holds, ...page }: ListPriceQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.desk.read(by, (tx) => this.listed.list(tx, { provider, model, source, holds }, page));
    return { data: data.map(toListPrice), next_cursor: nextCursor };
  }

  @Get(':id')
  @Needs('prices:read')
  @ZodResponse({ status: 200, type: ListPriceDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return toListPrice(await this.desk.read(by, (tx) => this.listed.get(tx, id)));
  }
}
