import { z } from 'zod';
import { patchOf } from './patch-of';

const schema = patchOf({ name: z.string().min(1), weight: z.number().default(1), limits: z.strictObject({ rpm: z.number().nullable().default(null) }).prefault({}), tags: z.record(z.string(), z.string()).nullable().default(null) });

describe('patchOf', () => {
  it('leaves out what is left out, whatever it would be of something new', () => {
    expect(schema.parse({})).toEqual({});
    expect(schema.parse({ weight: 5 })).toEqual({ weight: 5 });
    expect(schema.parse({ tags: null, limits: {} })).toEqual({ tags: null, limits: { rpm: null } });
  });

  it('takes no field that is not in it, and no value that does not fit', () => {
    for (const wrong of [{ tenant_id: 'x' }, { name: '' }, { weight: null }, { limits: { balance: 1 } }]) expect(schema.safeParse(wrong).success).toBe(false);
  });
});
