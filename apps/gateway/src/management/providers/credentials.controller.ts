import { Credentials, Providers } from '@higress/catalog';
import { type CredentialEntity, Desk, type Requester } from '@higress/database';
import { DomainError } from '@higress/kernel';
import { Body, Delete, Get, Headers, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiNoContentResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { EntityManager } from 'typeorm';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { catalogChange } from '../catalog-change';
import { requireMatch, tagged } from '../etag';
import { IdPipe } from '../id.pipe';
import { TakesIfMatch } from '../if-match';
import { CredentialDto, CredentialListDto, CredentialPatchDto, NewCredentialDto, toCredential } from './providers.schema';

/** Values go in and never come out: not in an answer, not in the audit. */
@ManagementController('providers/:id/credentials')
export class CredentialsController {
  constructor(
    private readonly desk: Desk,
    private readonly providers: Providers,
    private readonly credentials: Credentials,
  ) {}

  @Get()
  @Needs('providers:read')
  @ZodResponse({ status: 200, type: CredentialListDto })
  async list(@Param('id', IdPipe) providerId: string, @By() by: Requester) {
    const rows = await this.desk.read(by, async (tx) => {
      await this.providers.get(tx, providerId);
      return this.credentials.list(tx, providerId);
    });
    return { data: rows.map(toCredential), next_cursor: null };
  }

  /** A provider of gateway.yaml may have credentials of the API beside its own. */
  @Post()
  @Needs('providers:write')
  @ZodResponse({ status: 201, type: CredentialDto })
  async create(@Param('id', IdPipe) providerId: string, @Body() body: NewCredentialDto, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.desk.change(by, async (tx) => {
      await this.providers.get(tx, providerId);
      const after = toCredential(await this.credentials.create(tx, providerId, body));
      return catalogChange(tagged(reply, after), 'credential', after.id, 'created', { after });
    });
  }

  @Get(':credentialId')
  @Needs('providers:read')
  @ZodResponse({ status: 200, type: CredentialDto })
  async get(@Param('id', IdPipe) providerId: string, @Param('credentialId', IdPipe) id: string, @By() by: Requester, @Res({ passthrough: true }) reply: FastifyReply) {
    return tagged(reply, toCredential(of(providerId, await this.desk.read(by, (tx) => this.credentials.get(tx, id)))));
  }

  @Patch(':credentialId')
  @Needs('providers:write')
  @TakesIfMatch
  @ZodResponse({ status: 200, type: CredentialDto })
  async change(
    @Param('id', IdPipe) providerId: string,
    @Param('credentialId', IdPipe) id: string,
    @Body() patch: CredentialPatchDto,
    @Headers('if-match') ifMatch: string | undefined,
    @By() by: Requester,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.desk.change(by, async (tx) => {
      const row = await this.toChange(tx, providerId, id, ifMatch);
      const before = toCredential(row);
      const after = toCredential(await this.credentials.change(tx, row, patch));
      return catalogChange(tagged(reply, after), 'credential', id, 'changed', { before, after: { ...after, is_new_value: patch.value !== undefined } });
    });
  }

  @Delete(':credentialId')
  @Needs('providers:write')
  @HttpCode(204)
  @TakesIfMatch
  @ApiNoContentResponse({ description: 'It is gone, and no call uses it from within a second.' })
  async remove(@Param('id', IdPipe) providerId: string, @Param('credentialId', IdPipe) id: string, @Headers('if-match') ifMatch: string | undefined, @By() by: Requester): Promise<void> {
    await this.desk.change(by, async (tx) => {
      const row = await this.toChange(tx, providerId, id, ifMatch);
      await this.credentials.remove(tx, row);
      return catalogChange(undefined, 'credential', id, 'deleted', { before: toCredential(row) });
    });
  }

  private async toChange(tx: EntityManager, providerId: string, id: string, ifMatch: string | undefined): Promise<CredentialEntity> {
    const row = of(providerId, await this.credentials.toChange(tx, id));
    requireMatch(ifMatch, toCredential(row));
    return row;
  }
}

function of(providerId: string, row: CredentialEntity): CredentialEntity {
  if (row.providerId !== providerId) throw new DomainError('NOT_FOUND', { message: 'There is no such credential.' });
  return row;
}
