import { Deployments, Prices } from '@higress/catalog';
import { Desk, type Requester } from '@higress/database';
import { DomainError } from '@higress/kernel';
import { Body, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ZodResponse } from 'nestjs-zod';
import type { EntityManager } from 'typeorm';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { catalogChange } from '../catalog-change';
import { requireMatch, tagged } from '../etag';
import { IdPipe } from '../id.pipe';
import { TakesIfMatch } from '../if-match';
import { toPrice } from '../prices/prices.schema';
import { DeploymentDto, DeploymentListDto, DeploymentPatchDto, DeploymentQueryDto, NewDeploymentDto, toDeployment } from './deployments.schema';

@ManagementController('deployments')
export class DeploymentsController {
  constructor(
    private readonly desk: Desk,
    private readonly deployments: Deployments,
    private readonly prices: Prices,
  ) {}

  @Get()
  @Needs('providers:read')
  @ZodResponse({ status: 200, type: DeploymentListDto })
  async list(@Query() { model_id, provider_id, ...page }: DeploymentQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.desk.read(by, (tx) => this.deployments.list(tx, page, { modelId: model_id, providerId: provider_id }));
    return { data: data.map(toDeployment), next_cursor: nextCursor };
  }

  @Post()
  @Needs('providers:write')
  @ZodResponse({ status: 201, type: DeploymentDto })
  async create(@Body() { model_id, model, provider_id, provider, price, ...terms }: NewDeploymentDto, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.desk.change(by, async (tx) => {
      const modelId = model_id ?? (await idOf(tx, 'models', model, 'model'));
      const providerId = provider_id ?? (await idOf(tx, 'providers', provider, 'provider'));
      const after = toDeployment(await this.deployments.create(tx, { modelId, providerId, ...terms }));
      const priced = price === undefined ? null : toPrice(await this.prices.create(tx, { deploymentId: after.id, price, validFrom: null }));
      return catalogChange(tagged(reply, after), 'deployment', after.id, 'created', { after: { ...after, price: priced } });
    });
  }

  @Get(':id')
  @Needs('providers:read')
  @ZodResponse({ status: 200, type: DeploymentDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toDeployment(await this.desk.read(by, (tx) => this.deployments.get(tx, id))));
  }

  @Patch(':id')
  @Needs('providers:write')
  @TakesIfMatch
  @ZodResponse({ status: 200, type: DeploymentDto })
  async change(@Param('id', IdPipe) id: string, @Body() patch: DeploymentPatchDto, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.desk.change(by, async (tx) => {
      const row = await this.deployments.toChange(tx, id);
      const before = toDeployment(row);
      requireMatch(ifMatch, before);
      const after = toDeployment(await this.deployments.change(tx, row, patch));
      return catalogChange(tagged(reply, after), 'deployment', id, 'changed', { before, after });
    });
  }

  @Delete(':id')
  @Needs('providers:write')
  @HttpCode(204)
  @TakesIfMatch
  @ApiNoContentResponse({ description: 'It is gone, with its prices; calls that run on it end as they began.' })
  async remove(@Param('id', IdPipe) id: string, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester): Promise<void> {
    await this.desk.change(by, async (tx) => {
      const row = await this.deployments.toChange(tx, id);
      const before = toDeployment(row);
      requireMatch(ifMatch, before);
      await this.deployments.remove(tx, row);
      return catalogChange(undefined, 'deployment', id, 'deleted', { before });
    });
  }
}

async function idOf(tx: EntityManager, table: 'models' | 'providers', name: string | undefined, param: string): Promise<string> {
  const [row] = await tx.query<{ id: string }[]>(`select id from ${table} where name = $1`, [name]);
  if (!row) throw new DomainError('VALIDATION_FAILED', { param, details: [{ path: param, message: 'there is none of this name' }] });
  return row.id;
}
