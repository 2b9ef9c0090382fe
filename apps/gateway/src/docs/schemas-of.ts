import type { Type } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA } from '@nestjs/common/constants';
import { z } from 'zod';

interface Documented extends Type {
  readonly schema: z.ZodType;
}

/** Where Nest's decorators leave what answers look like. */
const ANSWERS = 'swagger/apiResponse';
const OUTPUT = /_Output$/;

/**
 * The schemas that validate what a module takes and gives, as JSON Schema, by the names of their classes. Nest's own reading of them takes
 * `type: ['string', 'null']` for an array of strings, so what it made of them is replaced by these.
 */
export function schemasOf(module: Type): Record<string, object> {
  const controllers = (Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module) ?? []) as Type[];
  const classes = controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, object>;
    const names = Object.getOwnPropertyNames(prototype).filter((name) => Reflect.hasMetadata(METHOD_METADATA, prototype[name] as object));
    return names.flatMap((name) => {
      const inputs = (Reflect.getMetadata('design:paramtypes', prototype, name) ?? []) as unknown[];
      const answers = Object.values((Reflect.getMetadata(ANSWERS, prototype[name] as object) ?? {}) as Record<string, { type?: unknown }>).map(({ type }) => type);
      return [...inputs, ...answers].filter(isDocumented);
    });
  });
  return Object.fromEntries(classes.flatMap((type) => {
    const { $schema: _, $defs, ...schema } = z.toJSONSchema(type.schema, { io: OUTPUT.test(type.name) ? 'output' : 'input', unrepresentable: 'any' }) as Record<string, unknown>;
    return $defs === undefined ? [[type.name, schema]] : [];
  }));
}

function isDocumented(type: unknown): type is Documented {
  return typeof type === 'function' && 'schema' in type && type.schema instanceof z.ZodType;
}
