import { KeyEditor } from '@higress/auth';
import type { Requester } from '@higress/database';
import { Body, Param, Put } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { IdPipe } from '../id.pipe';
import { FormLimitsDto, KeyDto, toKey } from './keys.schema';

/** The older name of `PUT keys/{id}/limits`, which automation goes on using; it takes a form as well as JSON. */
@ManagementController('admin/api-keys')
export class ApiKeyLimitsController {
  constructor(private readonly keyEditor: KeyEditor) {}

  @Put(':id/rate-limit')
  @Needs('keys:limit')
  @ZodResponse({ status: 200, type: KeyDto })
  async limit(@Param('id', IdPipe) id: string, @Body() limits: FormLimitsDto, @By() by: Requester) {
    return toKey((await this.keyEditor.change(by, id, { limits })).row);
  }
}
