import { openProvider } from '@higress/catalog';
import { Desk, type Requester, Sealer } from '@higress/database';
import { Body, Param, Post } from '@nestjs/common';
import { ZodResponse } from 'nestjs-zod';
import { By } from '../access/caller';
import { ManagementController } from '../access/management-controller';
import { Needs } from '../access/needs';
import { IdPipe } from '../id.pipe';
import { ProviderTrial } from './provider-trial';
import { SyncDto, SyncedDto, TrialDto } from './providers.schema';
import { SyncModels } from './sync-models';

/** What asks the provider itself. No transaction is open while it is waited for. */
@ManagementController('providers/:id')
export class ProviderTrialsController {
  constructor(
    private readonly desk: Desk,
    private readonly sealer: Sealer,
    private readonly trial: ProviderTrial,
    private readonly syncModels: SyncModels,
  ) {}

  @Post('test')
  @Needs('providers:write')
  @ZodResponse({ status: 200, type: TrialDto })
  async test(@Param('id', IdPipe) id: string, @By() by: Requester) {
    return this.trial.run(await this.desk.read(by, (tx) => openProvider(tx, this.sealer, id)));
  }

  @Post('models/sync')
  @Needs('providers:write')
  @ZodResponse({ status: 200, type: SyncedDto })
  async sync(@Param('id', IdPipe) id: string, @Body() wish: SyncDto, @By() by: Requester) {
    const provider = await this.desk.read(by, (tx) => openProvider(tx, this.sealer, id));
    return this.syncModels.run(by, provider, wish);
  }
}
