import type { Identity, Visitor } from '@higress/auth';
import type { Actor } from '@higress/database';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ManagementRequest } from './access.guard';

const fromRequest = <T>(read: (request: ManagementRequest) => T) => createParamDecorator((_: unknown, context: ExecutionContext): T => read(context.switchToHttp().getRequest<ManagementRequest>()));

function identityOf({ identity }: ManagementRequest): Identity {
  if (!identity) throw new Error('the route is open to anyone, and has no caller');
  return identity;
}

/** Who calls: an {@link Identity}. */
export const Caller = fromRequest(identityOf);

/** Who calls, as the audit writes it down: an {@link Actor}. */
export const Author = fromRequest((request): Actor => ({ kind: 'user', id: identityOf(request).userId, ip: request.ip, requestId: request.id }));

/** Where a login comes from: a {@link Visitor}. */
export const From = fromRequest(({ ip, headers }): Visitor => ({ ip, userAgent: headers['user-agent'] ?? null }));
