import { DomainError } from '@higress/kernel';
import { isObject, type Json } from './fields';

/** Readers for a provider's answers: what is not of the expected kind is as good as absent. */
export const NOTHING: Json = {};

export function objectIn(value: unknown): Json {
  return isObject(value) ? value : NOTHING;
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A JSON object out of a provider's bytes. @throws DomainError UPSTREAM_INVALID_RESPONSE */
export function parseAnswer(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told below, like every other answer that is not an object.
  }
  throw new DomainError('UPSTREAM_INVALID_RESPONSE');
}

/** JSON text as a value; what does not parse, or is no object, becomes an empty one. */
export function parseArguments(text: string): Json {
  try {
    return objectIn(JSON.parse(text === '' ? '{}' : text));
  } catch {
    return NOTHING;
  }
}

/** The object without members that are undefined. */
export function compact<T extends Record<string, unknown>>(value: T): T {
  for (const name in value) if (value[name] === undefined) delete value[name];
  return value;
}
