import { z } from 'zod';

type Bare<F> = F extends z.ZodDefault<infer I> | z.ZodPrefault<infer I> ? I : F;
type PatchShape<S extends z.ZodRawShape> = { [N in keyof S]: z.ZodOptional<Bare<S[N]> extends z.core.SomeType ? Bare<S[N]> : never> };

/**
 * The schema of a PATCH: any of the fields, no other, and no defaults, because what is left out stays as it is.
 * A field that is an object or a list is replaced whole. An empty patch is one too.
 */
export function patchOf<S extends z.ZodRawShape>(shape: S): z.ZodObject<PatchShape<S>, z.core.$strict> {
  const fields = Object.entries(shape).map(([name, field]) => {
    const bare = field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? field.unwrap() : field;
    return [name, z.optional(bare as z.ZodType)];
  });
  return z.strictObject(Object.fromEntries(fields) as PatchShape<S>);
}
