import type * as TypeScript from 'typescript';
import type { Leniency } from './published-types';

/** Holds a JSON value against a TypeScript type, strictly: a member that the type does not name is a fault. */
export class TypeWalker {
  constructor(
    private readonly ts: typeof TypeScript,
    private readonly checker: TypeScript.TypeChecker,
    private readonly at: TypeScript.Node,
    private readonly leniency: Leniency = {},
  ) {}

  /** What is wrong and where, or null. */
  faultOf(type: TypeScript.Type, value: unknown, path = '$'): string | null {
    if (type.flags & (this.ts.TypeFlags.Any | this.ts.TypeFlags.Unknown)) return null;
    if (type.isUnion()) return this.ofUnion(type, value, path);
    if (type.isLiteral() || type.flags & (this.ts.TypeFlags.BooleanLiteral | this.ts.TypeFlags.Null | this.ts.TypeFlags.Undefined)) return this.ofLiteral(type, value, path);
    const kind = value === null ? 'null' : typeof value;
    if (type.isIntersection() && kind !== 'object') return type.types.some((part) => this.isOfKind(part, kind)) ? null : this.unlike(type, value, path);
    if (this.isOfKind(type, kind)) return null;
    if (kind !== 'object') return this.unlike(type, value, path);
    if (Array.isArray(value)) return this.ofList(type, value, path);
    if (this.checker.isArrayLikeType(type) || type.flags & (this.ts.TypeFlags.StringLike | this.ts.TypeFlags.NumberLike)) return this.unlike(type, value, path);
    return this.ofObject(type, value as Readonly<Record<string, unknown>>, path);
  }

  private isOfKind(type: TypeScript.Type, kind: string): boolean {
    const { flags } = type;
    if (kind === 'string') return (flags & (this.ts.TypeFlags.String | this.ts.TypeFlags.TemplateLiteral)) !== 0;
    if (kind === 'number') return (flags & this.ts.TypeFlags.Number) !== 0;
    if (kind === 'boolean') return (flags & this.ts.TypeFlags.Boolean) !== 0;
    return kind === 'object' && (flags & this.ts.TypeFlags.NonPrimitive) !== 0;
  }

  private ofLiteral(type: TypeScript.Type, value: unknown, path: string): string | null {
    if (type.isStringLiteral() || type.isNumberLiteral()) return value === type.value ? null : this.unlike(type, value, path);
    if (type.flags & this.ts.TypeFlags.Null) return value === null ? null : this.unlike(type, value, path);
    if (type.flags & this.ts.TypeFlags.BooleanLiteral) return String(value) === this.checker.typeToString(type) && typeof value === 'boolean' ? null : this.unlike(type, value, path);
    return value === undefined ? null : this.unlike(type, value, path);
  }

  /** One of them must do; of those that do not, the one that was meant says why: whose tag is right, or that came furthest. */
  private ofUnion({ types }: TypeScript.UnionType, value: unknown, path: string): string | null {
    const likelihood = (fault: string) => (isOfTag(fault, path) ? 0 : depth(fault));
    let told: string | null = null;
    for (const type of types) {
      const fault = this.faultOf(type, value, path);
      if (fault === null) return null;
      if (told === null || likelihood(fault) > likelihood(told)) told = fault;
    }
    return told;
  }

  private ofList(type: TypeScript.Type, values: readonly unknown[], path: string): string | null {
    if (!this.checker.isArrayType(type) && !this.checker.isTupleType(type)) return this.unlike(type, values, path);
    const [item] = this.checker.getTypeArguments(type as TypeScript.TypeReference);
    for (const [i, value] of values.entries()) {
      const fault = item ? this.faultOf(item, value, `${path}[${i}]`) : null;
      if (fault) return fault;
    }
    return null;
  }

  private ofObject(type: TypeScript.Type, value: Readonly<Record<string, unknown>>, path: string): string | null {
    const members = this.checker.getPropertiesOfType(type);
    const byName = new Map(members.map((member) => [member.name, member]));
    const [index] = this.checker.getIndexInfosOfType(type);
    // What tells the members of a union apart comes first, so that the fault is told of the one that was meant.
    for (const name of Object.keys(value).sort((a, b) => Number(isTag(b)) - Number(isTag(a)))) {
      const member = byName.get(name);
      const expected = member ? this.checker.getTypeOfSymbolAtLocation(member, this.at) : index?.type;
      if (!expected && members.length === 0) return null;
      if (!expected) return `${path}.${name}: unknown member`;
      if (value[name] === undefined) continue;
      const fault = this.faultOf(expected, value[name], `${path}.${name}`);
      if (fault) return fault;
    }
    const missing = members.find((member) => value[member.name] === undefined && !this.mayBeMissing(member));
    return missing ? `${path}.${missing.name}: is missing` : null;
  }

  private mayBeMissing(member: TypeScript.Symbol): boolean {
    if (member.flags & (this.ts.SymbolFlags.Optional | this.ts.SymbolFlags.Method | this.ts.SymbolFlags.Accessor)) return true;
    const type = this.checker.getTypeOfSymbolAtLocation(member, this.at);
    if (type.flags & (this.ts.TypeFlags.Any | this.ts.TypeFlags.Unknown) || type.getCallSignatures().length > 0) return true;
    return this.leniency.nullMayBeMissing === true && type.isUnion() && type.types.some(({ flags }) => flags & this.ts.TypeFlags.Null);
  }

  private unlike(type: TypeScript.Type, value: unknown, path: string): string {
    return `${path}: ${JSON.stringify(value)?.slice(0, 80)} is not ${this.checker.typeToString(type).slice(0, 80)}`;
  }
}

const TAGS = ['type', 'role'];

function isTag(name: string): boolean {
  return TAGS.includes(name);
}

function isOfTag(fault: string, path: string): boolean {
  return TAGS.some((tag) => fault.startsWith(`${path}.${tag}:`));
}

function depth(fault: string): number {
  return fault.slice(0, fault.indexOf(':')).split(/[.[]/).length;
}
