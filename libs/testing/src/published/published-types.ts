import { readPublishedTypes } from './read-published-types';

export interface Leniency {
  /** True where members that may be null may also be missing: so are answers written, whose readers treat the two alike. */
  readonly nullMayBeMissing?: boolean;
}

/** The shapes that providers publish, as the types of their official SDKs have them; `wire-shapes.ts` names them. */
export interface PublishedTypes {
  /** What is wrong with a value and where, or null. A member that the type does not name is a fault. */
  faultOf(shape: string, value: unknown, leniency?: Leniency): string | null;
}

let known: Promise<PublishedTypes> | undefined;

/** Reads the SDKs' declarations once in a process, which takes a few seconds. The compiler is only loaded by who asks for them. */
export function publishedTypes(): Promise<PublishedTypes> {
  return (known ??= import('typescript').then(readPublishedTypes));
}
