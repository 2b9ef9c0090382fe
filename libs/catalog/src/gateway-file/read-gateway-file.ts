import { parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { findRepeats } from './find-repeats';
import { gatewayFileSchema, type GatewayFile } from './gateway-file.schema';
import { filePath, GatewayFileError, type FileFault } from './gateway-file-error';
import { resolveEnv, type Environment } from './resolve-env';

/**
 * Reads gateway.yaml, with `${NAME}` taken from `env`.
 * @throws GatewayFileError with every fault of the file at once.
 */
export function readGatewayFile(yaml: string, env: Environment): GatewayFile {
  const document = parseDocument(yaml, { prettyErrors: false });
  if (document.errors.length > 0) throw new GatewayFileError(document.errors.map((error) => ({ path: `line ${lineOf(yaml, error.pos[0])}`, message: error.message })));
  const faults: FileFault[] = [];
  const tree = resolveEnv(toTree(document), env, faults);
  const unset = new Set(faults.map(({ path }) => path));
  const parsed = gatewayFileSchema.safeParse(tree);
  if (!parsed.success) faults.push(...parsed.error.issues.flatMap((issue) => explain(issue)).filter(({ path }) => !unset.has(path)));
  faults.push(...findRepeats(tree));
  if (!parsed.success || faults.length > 0) throw new GatewayFileError(faults);
  return parsed.data;
}

function toTree(document: Document): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw new GatewayFileError([{ path: '(file)', message: (error as Error).message }]);
  }
}

const lineOf = (text: string, position: number) => text.slice(0, position).split('\n').length;

function explain(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): FileFault[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: filePath([...path, key]), message: 'is not a field here' }));
  // A choice whose branches all failed: the last one is the object, and its faults are the ones that help.
  const inner = issue.code === 'invalid_union' ? issue.errors.at(-1) : undefined;
  if (inner && issue.message === 'Invalid input') return inner.flatMap((nested) => explain(nested, path));
  return [{ path: filePath(path), message: issue.message }];
}
