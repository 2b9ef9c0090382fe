import { Secret } from '@higress/kernel';
import { z } from 'zod';

/** One line of the settings table. */
export interface Setting<T> {
  /** Reads the text of the variable. Its failures name the rule, never the value. */
  readonly schema: z.ZodType<T, string>;
  /** The text that holds when the variable is not set; absent: see `required`. */
  readonly fallback?: string;
  /** True: without the variable the process does not start. */
  readonly required?: boolean;
  /** Its value never appears in output. */
  readonly secret?: boolean;
  readonly doc: string;
  readonly group: string;
}

const WORDS: Record<string, boolean> = { true: true, '1': true, yes: true, on: true, false: false, '0': false, no: false, off: false };

export const text = z.string().min(1, 'must not be empty');
export const url = (...schemes: string[]) =>
  text.refine((value) => schemes.some((scheme) => value.startsWith(`${scheme}://`)), `must begin with ${schemes.map((s) => `${s}://`).join(' or ')}`);
export const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^-?\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`);
export const seconds = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number of seconds')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max} seconds`);
export const flag = z
  .string()
  .transform((value) => WORDS[value.toLowerCase()])
  .refine((value): value is boolean => value !== undefined, 'must be true or false');
export const secret = (minLength: number) =>
  z
    .string()
    .min(minLength, `must have at least ${minLength} characters`)
    .transform((value) => new Secret(value));
/** Comma-separated; spaces and empty items are dropped. */
export const list = z.string().transform((value) => value.split(',').map((item) => item.trim()).filter(Boolean));
export const oneOf = <const T extends string>(...values: T[]) => z.string().pipe(z.enum(values, `must be one of ${values.join(', ')}`));
