import { type DynamicModule, Module } from '@nestjs/common';
import { AccessTokens } from '@higress/auth';
import { ProbesModule, type Readiness } from '@higress/observability';
import { JwksController } from './auth/jwks.controller';
import type { Gateway } from './process/compose';

export interface GatewayModuleParts {
  readonly gateway: Gateway;
  readonly readiness: Readiness;
}

/** The Nest side of the gateway: probes, JWKS and management. Inference routes stand beside it, on Fastify itself. */
@Module({})
export class GatewayModule {
  static of({ gateway, readiness }: GatewayModuleParts): DynamicModule {
    return {
      module: GatewayModule,
      imports: [ProbesModule.of({ readiness, registry: gateway.metrics.registry })],
      controllers: [JwksController],
      providers: [{ provide: AccessTokens, useValue: gateway.tokens }],
    };
  }
}
