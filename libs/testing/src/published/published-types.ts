import { join } from 'node:path';
import * as ts from 'typescript';
import { type Leniency, TypeWalker } from './type-walker';

const FILE = join(__dirname, 'wire-shapes.ts');

/** The shapes that providers publish, as the types of their official SDKs have them; `wire-shapes.ts` names them. */
export interface PublishedTypes {
  /** What is wrong with a value and where, or null. A member that the type does not name is a fault. */
  faultOf(shape: string, value: unknown, leniency?: Leniency): string | null;
}

let known: PublishedTypes | undefined;

/** Reads the SDKs' declarations once in a process, which takes a few seconds. */
export function publishedTypes(): PublishedTypes {
  return (known ??= read());
}

function read(): PublishedTypes {
  const program = ts.createProgram([FILE], { strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, esModuleInterop: true });
  const source = program.getSourceFile(FILE);
  if (!source) throw new Error(`There is no ${FILE}.`);
  const checker = program.getTypeChecker();
  const shapes = new Map(source.statements.filter(ts.isTypeAliasDeclaration).map(({ name }) => [name.text, checker.getTypeAtLocation(name)]));
  return {
    faultOf(shape, value, leniency) {
      const type = shapes.get(shape);
      if (!type || type.flags & ts.TypeFlags.Any) throw new Error(`${shape} is no shape that anybody published.`);
      return new TypeWalker(checker, source, leniency).faultOf(type, value);
    },
  };
}
