import { applyDecorators, Controller, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ManagementPipe } from '../management.pipe';
import { AccessGuard } from './access.guard';
import { IdempotencyInterceptor } from './idempotency.interceptor';

/** A controller under the management prefix: its routes name their permissions, their inputs are validated by their schemas, and a POST happens once for each Idempotency-Key. */
export const ManagementController = (resource: string) => applyDecorators(Controller(resource), UseGuards(AccessGuard), UseInterceptors(IdempotencyInterceptor), UsePipes(ManagementPipe), ApiTags(resource), ApiBearerAuth('token'));
