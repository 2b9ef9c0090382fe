import { DomainError } from '@higress/kernel';
import { invalid } from '../chat-request';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A client's JSON object, read member by member. `null` is absent. What is there must be of its kind:
 * every reader throws INVALID_REQUEST with the member's path, as the client spelled it.
 */
export class Fields {
  constructor(
    readonly value: Json,
    private readonly path = '',
  ) {}

  static of(value: unknown, path: string): Fields {
    if (!isObject(value)) throw invalid(path, 'must be an object');
    return new Fields(value, path);
  }

  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** The member under the first of several names that is there. @throws DomainError INVALID_REQUEST where one name is there in two spellings */
  get(...names: readonly string[]): unknown {
    const there = names.filter((name) => this.value[name] !== undefined && this.value[name] !== null);
    // A provider might heed the other one.
    if (there.length > 1 && new Set(there.map(plain)).size < there.length) throw invalid(this.at(there[1] as string), 'is there in two spellings');
    return there.length === 0 ? undefined : this.value[there[0] as string];
  }

  text(...names: readonly string[]): string | undefined {
    const found = this.get(...names);
    if (found !== undefined && typeof found !== 'string') throw invalid(this.at(names[0] as string), 'must be a string');
    return found;
  }

  needText(...names: readonly string[]): string {
    return this.text(...names) ?? this.missing(names[0] as string);
  }

  number(...names: readonly string[]): number | undefined {
    const found = this.get(...names);
    if (found !== undefined && typeof found !== 'number') throw invalid(this.at(names[0] as string), 'must be a number');
    return found;
  }

  /** A whole number of at least `least`. */
  count(least: number, ...names: readonly string[]): number | undefined {
    const found = this.number(...names);
    if (found !== undefined && (!Number.isSafeInteger(found) || found < least || found > 2 ** 31 - 1)) throw invalid(this.at(names[0] as string), `must be a whole number of at least ${least}`);
    return found;
  }

  flag(...names: readonly string[]): boolean | undefined {
    const found = this.get(...names);
    if (found !== undefined && typeof found !== 'boolean') throw invalid(this.at(names[0] as string), 'must be true or false');
    return found;
  }

  list(...names: readonly string[]): readonly unknown[] | undefined {
    const found = this.get(...names);
    if (found !== undefined && !Array.isArray(found)) throw invalid(this.at(names[0] as string), 'must be an array');
    return found as readonly unknown[] | undefined;
  }

  /** A list whose items are objects, each with its own path. */
  items(...names: readonly string[]): Fields[] {
    return (this.list(...names) ?? []).map((item, i) => Fields.of(item, `${this.at(names[0] as string)}[${i}]`));
  }

  texts(...names: readonly string[]): string[] | undefined {
    const found = this.list(...names);
    if (found && !found.every((item) => typeof item === 'string')) throw invalid(this.at(names[0] as string), 'must be an array of strings');
    return found as string[] | undefined;
  }

  fields(...names: readonly string[]): Fields | undefined {
    const found = this.get(...names);
    return found === undefined ? undefined : Fields.of(found, this.at(names[0] as string));
  }

  json(...names: readonly string[]): Json | undefined {
    return this.fields(...names)?.value;
  }

  /** Members beyond those in `known`, without nulls. */
  rest(known: ReadonlySet<string>): Json {
    return Object.fromEntries(Object.entries(this.value).filter(([name, value]) => !known.has(name) && value !== null));
  }

  missing(name: string): never {
    throw invalid(this.at(name), 'is required');
  }

  unknown(name: string): never {
    throw new DomainError('INVALID_REQUEST', { message: `'${this.at(name)}' has a value that is not known here.`, param: this.at(name) });
  }
}

/** `maxTokens` and `max_tokens` alike. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
