import { priceSchema, Prices } from '@higress/catalog';
import { Desk, type Requester } from '@higress/database';
import { Body, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { catalogChange } from '../catalog-change';
import { requireMatch, tagged } from '../etag';
import { IdPipe } from '../id.pipe';
import { TakesIfMatch } from '../if-match';
import { asDeclared, NewPriceDto, patchedPrice, PriceDto, PriceListDto, PricePatchDto, PriceQueryDto, toPrice } from './prices.schema';

@ManagementController('prices')
export class PricesController {
  constructor(
    private readonly desk: Desk,
    private readonly prices: Prices,
  ) {}

  @Get()
  @Needs('prices:read')
  @ZodResponse({ status: 200, type: PriceListDto })
  async list(@Query() { deployment_id, ...page }: PriceQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.desk.read(by, (tx) => this.prices.list(tx, page, deployment_id));
    return { data: data.map(toPrice), next_cursor: nextCursor };
  }

  /** A deployment of gateway.yaml takes a price from here too: it holds until the file names another one. */
  @Post()
  @Needs('prices:write')
  @ZodResponse({ status: 201, type: PriceDto })
  async create(@Body() { deployment_id: deploymentId, valid_from, ...price }: NewPriceDto, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.desk.change(by, async (tx) => {
      const after = toPrice(await this.prices.create(tx, { deploymentId, price: priceSchema.parse(asDeclared(price)), validFrom: momentOf(valid_from) }));
      return catalogChange(tagged(reply, after), 'price', after.id, 'created', { after });
    });
  }

  @Get(':id')
  @Needs('prices:read')
  @ZodResponse({ status: 200, type: PriceDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toPrice(await this.desk.read(by, (tx) => this.prices.get(tx, id))));
  }

  @Patch(':id')
  @Needs('prices:write')
  @TakesIfMatch
  @ZodResponse({ status: 200, type: PriceDto })
  async change(@Param('id', IdPipe) id: string, @Body() { valid_from, ...parts }: PricePatchDto, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.desk.change(by, async (tx) => {
      const row = await this.prices.toChange(tx, id);
      const before = toPrice(row);
      requireMatch(ifMatch, before);
      const after = toPrice(await this.prices.change(tx, row, { price: patchedPrice(row, parts), validFrom: momentOf(valid_from) }));
      return catalogChange(tagged(reply, after), 'price', id, 'changed', { before, after });
    });
  }

  @Delete(':id')
  @Needs('prices:write')
  @HttpCode(204)
  @TakesIfMatch
  @ApiNoContentResponse({ description: 'The price before it holds again, or none. What calls cost stays.' })
  async remove(@Param('id', IdPipe) id: string, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester): Promise<void> {
    await this.desk.change(by, async (tx) => {
      const row = await this.prices.toChange(tx, id);
      const before = toPrice(row);
      requireMatch(ifMatch, before);
      await this.prices.remove(tx, row);
      return catalogChange(undefined, 'price', id, 'deleted', { before });
    });
  }
}

const momentOf = (text: string | undefined): Date | null => (text === undefined ? null : new Date(text));
