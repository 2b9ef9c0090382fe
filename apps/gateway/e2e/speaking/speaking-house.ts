import { type Play, type ProviderCall, publishedTypes } from '@higress/testing';
import { type House, openHouse } from '../open-house';
import { azure, compatible } from './chat-provider';
import { bedrock } from './converse-provider';
import { gemini, vertex } from './generate-provider';
import { anthropic } from './messages-provider';
import { partsFor, type SpokenProvider, type Understood } from './spoken-provider';

/** One for each dialect that a provider may have. */
export const PROVIDERS: readonly SpokenProvider[] = [compatible, anthropic, gemini, azure, vertex, bedrock];
/** Azure’s newer form, whose server is played as a test needs it. */
export const NEW_AZURE = { dialect: 'azure-openai', base: '/azure/openai/v1', credential: 'key-of-azure', model: 'my-deployment' } as const;
export const PRICE = { input: '1', output: '2', cached_input: '0.5', cache_write: '1.25', reasoning: '3' };
/** Bytes of a stream's write: prime, so that it is cut wherever that falls. */
const BYTES_PER_WRITE = 61;

/** What all of them do from now on: answer, refuse, break off after their first words, or say no more after them. */
export type Mood = { readonly does: 'answer'; /** Asked by a spec itself: nobody will find it in the book. */ readonly isRehearsal?: true } | { readonly does: 'refuse'; readonly status: number } | { readonly does: 'break' } | { readonly does: 'hang' };

export interface SpeakingHouse extends House {
  mood: Mood;
  /** What a strict provider refused that it should not have been asked. */
  readonly faults: readonly string[];
  /** What the providers were asked since the last {@link forget}. */
  readonly heard: readonly Understood[];
  /** How many calls each answered whole, ever. */
  readonly answered: ReadonlyMap<string, number>;
  forget(): void;
}

/** One gateway before all providers at once, each strict in what it takes. The model of each is named for its dialect; `limited-…` has a credential of its own, to be spent. */
export async function openSpeakingHouse(): Promise<SpeakingHouse> {
  const named = [...PROVIDERS.flatMap((provider) => ['', 'limited-'].map((prefix) => ({ ...provider, name: prefix + provider.dialect }))), { ...NEW_AZURE, name: 'new-azure' }];
  const house = await openHouse({
    file: ({ upstream, key }) => ({
      providers: named.map(({ name, dialect, base, credential }) => ({ name, dialect, base_url: `http://127.0.0.1:${upstream.port}${base}`, credentials: [{ value: credential }], timeouts: { connect_ms: 5000, first_token_ms: 60_000, idle_ms: 60_000, total_ms: 120_000 } })),
      models: named.map(({ name, model }) => ({ name, deployments: [{ provider: name, upstream_model: model, price: PRICE }] })),
      tenants: [{ name: 'acme', billing: 'postpaid', limits: { unlimited: true } }],
      keys: [{ tenant: 'acme', name: 'test', value: key, limits: { unlimited: true } }],
    }),
    env: { CIRCUIT_BREAKER_FAILURE_THRESHOLD: '100000' },
  });
  const types = await publishedTypes();
  const faults: string[] = [];
  const heard: Understood[] = [];
  const answered = new Map<string, number>();
  const speaking: SpeakingHouse = Object.assign(house, { mood: { does: 'answer' } as Mood, faults, heard, answered, forget: () => void (faults.splice(0), heard.splice(0), house.upstream.reset(), house.upstream.always(play)) });
  function play(call: ProviderCall): Play {
    const provider = PROVIDERS.find(({ base, dialect }) => call.path.startsWith(dialect === 'bedrock' ? '/model/' : `${base}/`)) as SpokenProvider;
    const fault = provider.faultOf(call, types);
    if (fault) {
      faults.push(fault);
      return { status: 400, body: provider.refusal(400, fault) };
    }
    const understood = provider.understand(call);
    heard.push(understood);
    if (speaking.mood.does === 'answer' && !speaking.mood.isRehearsal) answered.set(provider.dialect, (answered.get(provider.dialect) ?? 0) + 1);
    return answer(provider, understood, speaking.mood);
  }
  house.upstream.always(play);
  return speaking;
}

function answer(provider: SpokenProvider, understood: Understood, mood: Mood): Play {
  if (mood.does === 'refuse') return { status: mood.status, headers: mood.status === 429 ? { 'retry-after': '30' } : {}, body: provider.refusal(mood.status, 'Too hot.') };
  const parts = partsFor(understood, provider.tellsThoughts);
  if (!understood.stream) return { body: provider.whole(parts) };
  const headers = { 'content-type': provider.contentType };
  const events = provider.stream(parts);
  // The first words are among the first half, the end is not.
  const beginning = events.slice(0, Math.ceil(events.length / 2));
  if (mood.does === 'hang') return { headers, body: Buffer.concat(beginning), hangsAfterChunks: 1 };
  const said = mood.does === 'break' ? [...beginning, provider.failure(`It broke with ${provider.credential}.`)] : events;
  return { headers, body: Buffer.concat(said), bytesPerWrite: BYTES_PER_WRITE };
}
