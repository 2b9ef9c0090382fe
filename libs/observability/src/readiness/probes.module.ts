import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PROBES, ProbesController, type Probes } from './probes.controller';

/** Serves `/health`, `/ready` and `/metrics`, alike in every service. */
@Module({})
export class ProbesModule {
  static of(probes: Probes): DynamicModule {
    return {
      module: ProbesModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [ProbesController],
      providers: [{ provide: PROBES, useValue: probes }],
    };
  }
}
