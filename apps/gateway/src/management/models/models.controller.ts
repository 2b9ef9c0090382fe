import { Models } from '@higress/catalog';
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
import { ModelDto, ModelListDto, ModelPatchDto, ModelQueryDto, NewModelDto, toModel } from './models.schema';

@ManagementController('models')
export class ModelsController {
  constructor(
    private readonly desk: Desk,
    private readonly models: Models,
  ) {}

  @Get()
  @Needs('models:read')
  @ZodResponse({ status: 200, type: ModelListDto })
  async list(@Query() page: ModelQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.desk.read(by, (tx) => this.models.list(tx, page));
    return { data: data.map(toModel), next_cursor: nextCursor };
  }

  @Post()
  @Needs('models:write')
  @ZodResponse({ status: 201, type: ModelDto })
  async create(@Body() body: NewModelDto, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.desk.change(by, async (tx) => {
      const after = toModel(await this.models.create(tx, body));
      return catalogChange(tagged(reply, after), 'model', after.id, 'created', { after });
    });
  }

  @Get(':id')
  @Needs('models:read')
  @ZodResponse({ status: 200, type: ModelDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toModel(await this.desk.read(by, (tx) => this.models.get(tx, id))));
  }

  @Patch(':id')
  @Needs('models:write')
  @TakesIfMatch
  @ZodResponse({ status: 200, type: ModelDto })
  async change(@Param('id', IdPipe) id: string, @Body() patch: ModelPatchDto, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.desk.change(by, async (tx) => {
      const row = await this.models.toChange(tx, id);
      const before = toModel(row);
      requireMatch(ifMatch, before);
      const after = toModel(await this.models.change(tx, row, patch));
      return catalogChange(tagged(reply, after), 'model', id, 'changed', { before, after });
    });
  }

  @Delete(':id')
  @Needs('models:write')
  @HttpCode(204)
  @TakesIfMatch
  @ApiNoContentResponse({ description: 'It is gone, with its deployments and their prices. What it cost stays.' })
  async remove(@Param('id', IdPipe) id: string, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester): Promise<void> {
    await this.desk.change(by, async (tx) => {
      const row = await this.models.toChange(tx, id);
      const before = toModel(row);
      requireMatch(ifMatch, before);
      await this.models.remove(tx, row);
      return catalogChange(undefined, 'model', id, 'deleted', { before });
    });
  }
}
