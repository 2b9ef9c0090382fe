import { type DynamicModule, Module } from '@nestjs/common';
import { AccessTokens } from '@higress/auth';
import type { Settings } from '@higress/config';
import { ProbesModule, type Readiness } from '@higress/observability';
import { JwksController } from './auth/jwks.controller';
import { ManagementModule } from './management/management.module';
import type { Gateway } from './process/compose';

export interface GatewayModuleParts {
  readonly settings: Settings<'gateway'>;
  readonly gateway: Gateway;
  readonly readiness: Readiness;
}

/** The Nest side of the gateway: probes, JWKS and management. Inference routes stand beside it, on Fastify itself. */
@Module({})
export class GatewayModule {
  static of({ settings, gateway, readiness }: GatewayModuleParts): DynamicModule {
    return {
      module: GatewayModule,
      imports: [
        ProbesModule.of({ readiness, registry: gateway.metrics.registry }),
        ManagementModule.of({
          prefix: settings.API_V1_STR, desk: gateway.desk, tokens: gateway.tokens, login: gateway.login, passwordChanges: gateway.passwordChanges, users: gateway.users,
          keyRing: gateway.keyRing, keyEditor: gateway.keyEditor, tenants: gateway.tenants, limiter: gateway.limiter, idempotent: gateway.idempotent,
          catalog: { sealer: gateway.sealer, pepper: gateway.keys.pepper, egress: gateway.egress, upstream: gateway.upstream },
        }),
      ],
      controllers: [JwksController],
      providers: [{ provide: AccessTokens, useValue: gateway.tokens }],
    };
  }
}
