import { Credentials, Providers } from '@higress/catalog';
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
import { CallableUrl } from './callable-url';
import { NewProviderDto, ProviderDto, ProviderListDto, ProviderPatchDto, ProviderQueryDto, toProvider } from './providers.schema';

@ManagementController('providers')
export class ProvidersController {
  constructor(
    private readonly desk: Desk,
    private readonly providers: Providers,
    private readonly credentials: Credentials,
    private readonly callableUrl: CallableUrl,
  ) {}

  @Get()
  @Needs('providers:read')
  @ZodResponse({ status: 200, type: ProviderListDto })
  async list(@Query() page: ProviderQueryDto, @By() by: Requester) {
    const { data, nextCursor } = await this.desk.read(by, (tx) => this.providers.list(tx, page));
    return { data: data.map(toProvider), next_cursor: nextCursor };
  }

  @Post()
  @Needs('providers:write')
  @ZodResponse({ status: 201, type: ProviderDto })
  async create(@Body() { credentials, ...provider }: NewProviderDto, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    await this.callableUrl.check(provider.base_url);
    return this.desk.change(by, async (tx) => {
      const row = await this.providers.create(tx, provider);
      for (const credential of credentials) await this.credentials.create(tx, row.id, credential);
      const shown = toProvider(row);
      return catalogChange(tagged(reply, shown), 'provider', row.id, 'created', { after: { ...shown, credentials: credentials.length } });
    });
  }

  @Get(':id')
  @Needs('providers:read')
  @ZodResponse({ status: 200, type: ProviderDto })
  async get(@Param('id', IdPipe) id: string, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toProvider(await this.desk.read(by, (tx) => this.providers.get(tx, id))));
  }

  @Patch(':id')
  @Needs('providers:write')
  @TakesIfMatch
  @ZodResponse({ status: 200, type: ProviderDto })
  async change(@Param('id', IdPipe) id: string, @Body() patch: ProviderPatchDto, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    await this.callableUrl.check(patch.base_url);
    return this.desk.change(by, async (tx) => {
      const row = await this.providers.toChange(tx, id);
      const before = toProvider(row);
      requireMatch(ifMatch, before);
      const after = toProvider(await this.providers.change(tx, row, patch));
      return catalogChange(tagged(reply, after), 'provider', id, 'changed', { before, after });
    });
  }

  @Delete(':id')
  @Needs('providers:write')
  @HttpCode(204)
  @TakesIfMatch
  @ApiNoContentResponse({ description: 'It is gone, with its credentials. Refused with 409 while deployments need it.' })
  async remove(@Param('id', IdPipe) id: string, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester): Promise<void> {
    await this.desk.change(by, async (tx) => {
      const row = await this.providers.toChange(tx, id);
      const before = toProvider(row);
      requireMatch(ifMatch, before);
      await this.providers.remove(tx, row);
      return catalogChange(undefined, 'provider', id, 'deleted', { before });
    });
  }
}
