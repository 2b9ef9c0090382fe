import { join } from 'node:path';
import type * as TypeScript from 'typescript';
import type { PublishedTypes } from './published-types';
import { TypeWalker } from './type-walker';

const FILE = join(__dirname, 'wire-shapes.ts');

/** Has the compiler read `wire-shapes.ts` and all that it names of the SDKs. */
export function readPublishedTypes(ts: typeof TypeScript): PublishedTypes {
  const program = ts.createProgram([FILE], { strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, esModuleInterop: true });
  const source = program.getSourceFile(FILE);
  if (!source) throw new Error(`There is no ${FILE}.`);
  const checker = program.getTypeChecker();
  const shapes = new Map(source.statements.filter(ts.isTypeAliasDeclaration).map(({ name }) => [name.text, checker.getTypeAtLocation(name)]));
  return {
    faultOf(shape, value, leniency) {
      const type = shapes.get(shape);
      if (!type || type.flags & ts.TypeFlags.Any) throw new Error(`${shape} is no shape that anybody published.`);
      return new TypeWalker(ts, checker, source, leniency).faultOf(type, value);
    },
  };
}
