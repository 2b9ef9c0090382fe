import { AccessTokens, type Identity } from '@higress/auth';
import type { Requester } from '@higress/database';
import { DomainError } from '@higress/kernel';
import { RateLimiter } from '@higress/rate-limit';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { NEED, type Need } from './needs';

export interface ManagementRequest extends FastifyRequest {
  identity?: Identity;
  requester?: Requester;
  /** Throws where the caller could not call this route any more, or not for the same rows. */
  still?: () => Promise<void>;
}

const BEARER = /^bearer +(\S+) *$/i;

/** Lets in who presents an access token with the permission that the route names. Unknown callers count against their address first. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly limiter: RateLimiter,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const need = this.reflector.getAllAndOverride<Need | undefined>(NEED, [context.getHandler(), context.getClass()]);
    if (need === undefined) throw new Error(`${context.getClass().name}.${context.getHandler().name} names no permission`);
    const request = context.switchToHttp().getRequest<ManagementRequest>();
    if (need === 'anyone') {
      await this.limiter.admitUnauthenticated(request.ip);
      return true;
    }
    const identity = await this.identify(request);
    const from = { ip: request.ip, requestId: request.id };
    request.identity = identity;
    const requesterOf = (who: Identity) => (need === 'signed-in' ? who.asSelf(from) : who.as(need, from));
    const requester = requesterOf(identity);
    request.requester = requester;
    request.still = async () => {
      const { tenantId, ownerId } = requesterOf(await this.tokens.again(identity));
      if (tenantId !== requester.tenantId || ownerId !== requester.ownerId) throw new DomainError('FORBIDDEN');
    };
    return true;
  }

  private async identify({ headers, ip }: ManagementRequest): Promise<Identity> {
    const token = BEARER.exec(headers.authorization ?? '')?.[1];
    const known = token === undefined ? null : this.tokens.peek(token);
    if (known) return known;
    await this.limiter.admitUnauthenticated(ip);
    if (token === undefined) throw new DomainError('INVALID_TOKEN');
    const identity = await this.tokens.verify(token);
    this.limiter.refundUnauthenticated(ip);
    return identity;
  }
}
