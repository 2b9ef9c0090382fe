import type { Provider } from '@higress/kernel';
import type { ServiceWays } from '@higress/wire';
import { serverAt } from './known-servers';
import { jinaRerank } from './jina-rerank';

const PASSES = { form: 'openai' } as const;
const known = new WeakMap<Provider, ServiceWays>();

/** What servers of OpenAI's form have beside conversations: all of it where we do not know better, as the server judges by itself. */
export function openAiServices(provider: Provider): ServiceWays {
  let ways = known.get(provider);
  if (!ways) known.set(provider, (ways = waysOf(provider)));
  return ways;
}

function waysOf({ baseUrl }: Provider): ServiceWays {
  const { lacks = [], rerankPath: path } = serverAt(baseUrl) ?? {};
  const all: ServiceWays = { embeddings: PASSES, moderations: PASSES, rerank: { form: 'jina', path, translator: jinaRerank(path) } };
  return Object.fromEntries(Object.entries(all).filter(([endpoint]) => !lacks.some((lacked) => lacked === endpoint)));
}
