import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA } from '@nestjs/common/constants';
import { ManagementModule } from '../management.module';
import { NEED } from './needs';

const controllers = Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, ManagementModule) as Type[];
const routes = controllers.flatMap((controller) =>
  Object.getOwnPropertyNames(controller.prototype)
    .map((name) => ({ title: `${controller.name}.${name}`, handler: (controller.prototype as Record<string, object>)[name] as object }))
    .filter(({ handler }) => Reflect.getMetadata(METHOD_METADATA, handler) !== undefined),
);

describe('every management route', () => {
  it.each(routes)('$title names the permission that it needs', ({ handler }) => {
    expect(Reflect.getMetadata(NEED, handler)).toEqual(expect.any(String));
  });

  it('changes nothing with the permission to read alone', () => {
    const writes = routes.filter(({ handler }) => Reflect.getMetadata(METHOD_METADATA, handler) !== RequestMethod.GET);
    expect(writes.length).toBeGreaterThan(5);
    for (const { handler } of writes) expect(Reflect.getMetadata(NEED, handler)).not.toMatch(/:read$/);
  });
});
