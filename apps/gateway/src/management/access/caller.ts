import type { Identity, Visitor } from '@higress/auth';
import type { Requester } from '@higress/database';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ManagementRequest } from './access.guard';

const fromRequest = <T>(read: (request: ManagementRequest) => T) => createParamDecorator((_: unknown, context: ExecutionContext): T => read(context.switchToHttp().getRequest<ManagementRequest>()));

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the route is open to anyone, and has no caller');
  return value;
}

/** Who calls: an {@link Identity}. */
export const Caller = fromRequest(({ identity }): Identity => present(identity));

/** Who calls, with the reach that their roles give them on this route: a {@link Requester}, without whom no desk works. */
export const By = fromRequest(({ requester }): Requester => present(requester));

/** Where a login comes from: a {@link Visitor}. */
export const From = fromRequest(({ ip, headers, id }): Visitor => ({ ip, userAgent: headers['user-agent'] ?? null, requestId: id }));

/** Throws where the caller could not do what they do any more: for what goes on after its answer has begun. */
export const Still = fromRequest(({ still }): (() => Promise<void>) => present(still));
