import { PriceImports } from '@higress/catalog';
import type { Requester } from '@higress/database';
import { DomainError } from '@higress/kernel';
import { readLiteLlmPrices, type ReadPrices, START_SET, START_SET_DATE } from '@higress/pricing';
import { strictJson } from '@higress/wire';
import { HttpCode, Post, Query, type RawBodyRequest, Req } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { refuseUnkeepable } from '../refuse-unkeepable';
import { PriceImportQueryDto, PriceImportReportDto } from './price-import.schema';

/** List prices: what deployments cost that have no price of their own. The body is LiteLLM's public price file as it is. */
@ManagementController('prices')
export class PriceImportController {
  constructor(private readonly imports: PriceImports) {}

  @Post('import')
  @HttpCode(200)
  @Needs('prices:write')
  @ApiBody({ required: false, description: 'LiteLLM’s `model_prices_and_context_window.json`, or entries of it; nothing where `start_set` is true', schema: { type: 'object', additionalProperties: { type: 'object' } } })
  @ZodResponse({ status: 200, type: PriceImportReportDto })
  async run(@Query() { source, valid_from, start_set }: PriceImportQueryDto, @Req() request: RawBodyRequest<FastifyRequest>, @By() by: Requester) {
    const list: ReadPrices = start_set ? { prices: START_SET, skipped: [] } : read(request);
    const imported = await this.imports.run(by, { prices: list.prices, validFrom: valid_from ?? null, source: source ?? (start_set ? `start set of ${START_SET_DATE}` : 'LiteLLM') });
    return { ...imported, skipped: list.skipped.map((entry) => ({ ...entry })) };
  }
}

/** From the bytes that came, which nobody has read yet: a price that was parsed as a number may not be the one that was written. */
function read({ rawBody, body }: RawBodyRequest<FastifyRequest>): ReadPrices {
  if (rawBody !== undefined && rawBody.length > 0) refuseUnkeepable(strictJson(rawBody));
  try {
    return readLiteLlmPrices(rawBody?.toString() ?? JSON.stringify(body ?? null));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DomainError('VALIDATION_FAILED', { details: [{ path: '', message: 'must be a JSON object of models, as in LiteLLM’s price file' }] });
  }
}
