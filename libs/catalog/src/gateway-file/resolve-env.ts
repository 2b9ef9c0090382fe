import { filePath, type FileFault } from './gateway-file-error';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${NAME}` in every text of a parsed tree. It works on values, not on the file's text, so a variable can never add structure.
 * A variable that is not set or empty is a fault; its reference is left as it stands.
 */
export function resolveEnv(tree: unknown, env: Environment, faults: FileFault[], path: readonly PropertyKey[] = []): unknown {
  if (typeof tree === 'string') return resolveText(tree, env, faults, path);
  if (Array.isArray(tree)) return tree.map((item, at) => resolveEnv(item, env, faults, [...path, at]));
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, resolveEnv(value, env, faults, [...path, name])]));
}

function resolveText(text: string, env: Environment, faults: FileFault[], path: readonly PropertyKey[]): string {
  return text.replace(REFERENCE, (reference, name: string) => {
    const value = env[name];
    if (value) return value;
    faults.push({ path: filePath(path), message: `the environment variable ${name} is not set` });
    return reference;
  });
}
