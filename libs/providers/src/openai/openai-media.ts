import type { Provider } from '@higress/kernel';
import { ALL_MEDIA, type MediaWays } from '@higress/wire';
import { serverAt } from './known-servers';

const known = new WeakMap<Provider, MediaWays>();

/** What servers of OpenAI's form have of pictures and sound: all of it where we do not know better, as the server judges by itself. */
export function openAiMedia(provider: Provider): MediaWays {
  let ways = known.get(provider);
  if (!ways) known.set(provider, (ways = waysOf(provider)));
  return ways;
}

function waysOf({ baseUrl }: Provider): MediaWays {
  const { lacks = [] } = serverAt(baseUrl) ?? {};
  return Object.fromEntries(Object.entries(ALL_MEDIA).filter(([endpoint]) => !lacks.some((lacked) => lacked === endpoint)));
}
