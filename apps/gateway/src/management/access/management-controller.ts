import { applyDecorators, Controller, UseGuards, UsePipes } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ManagementPipe } from '../management.pipe';
import { AccessGuard } from './access.guard';

/** A controller under the management prefix: its routes name their permissions, and their inputs are validated by their schemas. */
export const ManagementController = (resource: string) => applyDecorators(Controller(resource), UseGuards(AccessGuard), UsePipes(ManagementPipe), ApiTags(resource), ApiBearerAuth('token'));
