import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { missingRoute } from './missing-route';
import { sendError } from './send-error';
import { toHttpError } from './to-http-error';

/** Anything thrown in a Nest route, in the caller's dialect. What nobody foresaw goes to the log, and only there. */
@Catch()
export class DomainErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = thrown instanceof NotFoundException ? missingRoute(request, reply) : toHttpError(thrown);
    if (error.http >= 500) this.logger.error({ trace_id: request.id, code: error.code, err: error.cause }, 'request failed');
    sendError(request, reply, error);
  }
}
