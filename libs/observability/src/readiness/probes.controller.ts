import { Controller, Get, Header, Inject, Query, Res, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthCheckResult, type HealthIndicatorFunction } from '@nestjs/terminus';
import type { Registry } from 'prom-client';
import { httpStatusOf, type CheckResult, type Readiness, type ReadinessReport } from './readiness';

/** What the probes of a service ask. */
export interface Probes {
  readonly readiness: Readiness;
  readonly registry: Registry;
}

export const PROBES = Symbol('PROBES');

@Controller()
export class ProbesController {
  constructor(
    @Inject(PROBES) private readonly probes: Probes,
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** Touches nothing: a process whose stores are away is alive. */
  @Get('health')
  alive(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready(@Query('strict') strict: string | undefined, @Res({ passthrough: true }) reply: { status(code: number): unknown }): Promise<ReadinessReport> {
    const { readiness } = this.probes;
    const { details } = await this.health.check(readiness.names.map((name) => this.indicator(name))).catch(resultOf);
    const report = readiness.judge(Object.fromEntries(Object.entries(details).map(([name, check]) => [name, checkOf(check)])));
    reply.status(httpStatusOf(report, strict === '1' || strict === 'true'));
    return report;
  }

  @Get('metrics')
  async metrics(@Res({ passthrough: true }) reply: { header(name: string, value: string): unknown }): Promise<string> {
    reply.header('content-type', this.probes.registry.contentType);
    return this.probes.registry.metrics();
  }

  private indicator(name: string): HealthIndicatorFunction {
    return async () => {
      const { status, ...rest } = await this.probes.readiness.run(name);
      const indicator = this.indicators.check(name);
      return status === 'up' ? indicator.up(rest) : indicator.down(rest);
    };
  }
}

/** Terminus throws the result of a check that is not all well; what that means is not its decision here. */
function resultOf(error: unknown): HealthCheckResult {
  if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
  throw error;
}

/** Terminus spreads its own `status` last, so it comes back first here. */
function checkOf({ status, ...rest }: HealthCheckResult['details'][string]): CheckResult {
  return { status, ...rest } as CheckResult;
}
