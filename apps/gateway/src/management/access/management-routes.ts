import { RequestMethod, type Type } from '@nestjs/common';
import { GUARDS_METADATA, METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { AccessGuard } from './access.guard';
import { NEED, type Need } from './needs';

export interface ManagementRoute {
  readonly method: string;
  /** Under the management prefix: `/keys/:id/revoke`. */
  readonly path: string;
  readonly need: Need;
  /** `KeysController.revoke`. */
  readonly handler: string;
}

/**
 * Every route of a management module with what it needs, by path. The route walk and docs/permissions.md are made from it.
 * @throws Error for a route that names no permission, or that nobody guards: the gateway does not start with one
 */
export function managementRoutes(module: Type): ManagementRoute[] {
  const controllers = (Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module) ?? []) as Type[];
  return controllers.flatMap(routesOf).sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
}

function routesOf(controller: Type): ManagementRoute[] {
  const guards = (Reflect.getMetadata(GUARDS_METADATA, controller) ?? []) as unknown[];
  if (!guards.includes(AccessGuard)) throw new Error(`${controller.name} has no AccessGuard: make it a @ManagementController`);
  const prototype = controller.prototype as Record<string, object>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name] as object;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const need = (Reflect.getMetadata(NEED, handler) ?? Reflect.getMetadata(NEED, controller)) as Need | undefined;
    if (need === undefined) throw new Error(`${controller.name}.${name} names no permission: give it @Needs`);
    const roots = pathsOf(controller);
    return pathsOf(handler).flatMap((path) => roots.map((root) => ({ method: RequestMethod[method], path: join(root, path), need, handler: `${controller.name}.${name}` })));
  });
}

const pathsOf = (target: object): string[] => [(Reflect.getMetadata(PATH_METADATA, target) ?? '/') as string | string[]].flat();
const join = (...parts: string[]) => `/${parts.flatMap((part) => part.split('/')).filter(Boolean).join('/')}`;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
