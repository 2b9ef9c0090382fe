import { z } from 'zod';
import { filePath, type FileFault } from './gateway-file-error';

const text = z.string().optional().catch(undefined);
const listOf = <T extends z.ZodType>(item: T) => z.array(item.optional().catch(undefined)).catch([]);
/** The names in a file, whatever else is wrong with it, so that these faults are told together with the others. */
const outline = z
  .object({
    providers: listOf(z.object({ name: text, credentials: listOf(z.object({ value: text })) })),
    models: listOf(z.object({ name: text, deployments: listOf(z.object({ provider: text, upstream_model: text })) })),
    tenants: listOf(z.object({ name: text })),
    keys: listOf(z.object({ tenant: text, name: text, value: text })),
  })
  .catch({ providers: [], models: [], tenants: [], keys: [] });

/** Things that the file names twice: the second one would silently win, or break a promise of the tables. */
export function findRepeats(tree: unknown): FileFault[] {
  const { providers, models, tenants, keys } = outline.parse(tree);
  return [
    ...repeats(['providers'], providers.map((p) => p?.name), 'a provider of this name is there already'),
    ...providers.flatMap((p, at) => repeats(['providers', at, 'credentials'], (p?.credentials ?? []).map((c) => c?.value), 'this credential is there already')),
    ...repeats(['models'], models.map((m) => m?.name), 'a model of this name is there already'),
    ...models.flatMap((m, at) => repeats(['models', at, 'deployments'], (m?.deployments ?? []).map((d) => together(d?.provider, d?.upstream_model)), 'this provider and upstream model are there already')),
    ...repeats(['tenants'], tenants.map((t) => t?.name), 'a tenant of this name is there already'),
    ...repeats(['keys'], keys.map((k) => together(k?.tenant, k?.name)), 'the tenant has a key of this name already'),
    ...repeats(['keys'], keys.map((k) => k?.value), 'another key has this value'),
  ];
}

const together = (one: string | undefined, other: string | undefined) => (one === undefined || other === undefined ? undefined : JSON.stringify([one.trim(), other.trim()]));

function repeats(path: readonly PropertyKey[], names: readonly (string | undefined)[], message: string): FileFault[] {
  const seen = new Set<string>();
  return names.flatMap((name, at) => {
    if (name === undefined) return [];
    const isRepeat = seen.has(name.trim());
    seen.add(name.trim());
    return isRepeat ? [{ path: filePath([...path, at]), message }] : [];
  });
}
