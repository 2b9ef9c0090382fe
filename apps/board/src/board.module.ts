import { Module, type DynamicModule } from '@nestjs/common';
import { ProbesModule, type Readiness } from '@higress/observability';
import type { Registry } from 'prom-client';
import { LoginController, PROJECT } from './login/login.controller';
import { BoardSessions } from './session/board-sessions';

export interface BoardParts {
  readonly readiness: Readiness;
  readonly registry: Registry;
  /** `PROJECT_NAME`. */
  readonly project: string;
  readonly sessions: BoardSessions;
}

/** Everything but bull-board itself, which is a Fastify plugin. */
@Module({})
export class BoardModule {
  static of(parts: BoardParts): DynamicModule {
    return {
      module: BoardModule,
      imports: [ProbesModule.of(parts)],
      controllers: [LoginController],
      providers: [
        { provide: PROJECT, useValue: parts.project },
        { provide: BoardSessions, useValue: parts.sessions },
      ],
    };
  }
}
