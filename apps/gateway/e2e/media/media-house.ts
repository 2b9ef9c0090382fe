import { uuidv7 } from '@higress/kernel';
import { fakeProvider, type FakeProvider } from '@higress/testing';
import OpenAI from 'openai';
import { type House, openHouse } from '../open-house';

export interface MediaRow {
  readonly status: number;
  readonly cost: string;
  readonly charged: string;
  readonly units: object;
  readonly input: number;
  readonly output: number;
  readonly estimated: boolean;
}

const LIMITS = { unlimited: true };

/** A gateway with models of pictures and sound in every way of pricing them, for the tests of a file. */
export function mediaHouse() {
  let house: House;
  let google: FakeProvider;
  let lastSeen: string;

  beforeAll(async () => {
    google = await fakeProvider();
    house = await openHouse({ file: (parts) => landscape({ ...parts, google }) });
  });
  beforeEach(() => {
    lastSeen = uuidv7();
    for (const provider of [house.upstream, house.spare, google]) provider.reset();
  });
  afterAll(async () => {
    await house.close();
    await google.close();
  });

  const sdk = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
  return {
    get house() {
      return house;
    },
    get google() {
      return google;
    },
    /** With a key that is for speech alone. */
    narrow: () => sdk(`${house.key}-narrow`),
    /** With a key of a tenant that has 0.1 USD. */
    prepaid: () => sdk(`${house.key}-prepaid`),
    /** The newest call of this test that was not looked at yet. */
    async usage(): Promise<MediaRow> {
      const columns = 'id, status, cost_nano as cost, charged_nano as charged, units, input_tokens::int as input, output_tokens::int as output, estimated';
      const [newest] = await house.eventually<MediaRow & { id: string }>(`select ${columns} from usage_records where id > '${lastSeen}' order by id desc limit 1`, (rows) => rows.length > 0);
      const { id, ...row } = newest as MediaRow & { id: string };
      lastSeen = id;
      return row;
    },
  };
}

interface Parts {
  readonly upstream: FakeProvider;
  readonly spare: FakeProvider;
  readonly google: FakeProvider;
  readonly key: string;
}

function landscape({ upstream, spare, google, key }: Parts): Record<string, unknown> {
  const provider = (name: string, { url }: FakeProvider, more: object = {}) => ({ name, dialect: 'openai', base_url: url, credentials: [{ value: `credential-of-${name}` }], timeouts: { connect_ms: 1000, first_token_ms: 5000, idle_ms: 5000, total_ms: 30000 }, ...more });
  const on = (name: string, upstreamModel: string, price: unknown, ...others: string[]) => ({ name, deployments: ['first', ...others].map((which, priority) => ({ provider: which, upstream_model: upstreamModel, priority, ...(price !== null && { price }) })) });
  return {
    providers: [provider('first', upstream), provider('second', spare), provider('google', google, { dialect: 'gemini' }), { name: 'claude', dialect: 'anthropic', base_url: spare.url, credentials: [{ value: 'x' }] }, { name: 'sim', dialect: 'simulator' }],
    models: [
      on('dall-e', 'dall-e-3', { per_image: '0.04' }),
      on('gpt-image', 'gpt-image-1', { input: '5', output: '40', image_input: '10' }),
      on('tts', 'tts-1', { per_character: '0.000015' }, 'second'),
      on('tts-tokens', 'gpt-4o-mini-tts', { input: '0.6', output: '12' }),
      on('whisper', 'whisper-1', { per_second: '0.0001' }),
      on('transcribe', 'gpt-4o-transcribe', { input: '2.5', output: '10', audio_input: '6' }),
      on('whole-name', 'whole-name', { per_second: '0.0001' }),
      on('text-only', 'gpt', { input: '1', output: '1' }),
      on('unpriced', 'x', null),
      { name: 'banana', deployments: [{ provider: 'google', upstream_model: 'gemini-2.5-flash-image', price: { input: '0.3', output: '30' } }] },
      { name: 'imagen', deployments: [{ provider: 'google', upstream_model: 'imagen-4.0-generate-001', price: { per_image: '0.04' } }] },
      { name: 'claude', deployments: [{ provider: 'claude', upstream_model: 'claude', price: { input: '1', output: '1' } }] },
      { name: 'sim', deployments: [{ provider: 'sim', upstream_model: 'sim-fast', price: 'free' }] },
    ],
    tenants: [
      { name: 'acme', billing: 'postpaid', limits: LIMITS },
      { name: 'payer', billing: 'prepaid', opening_credit_usd: '0.1', limits: LIMITS },
    ],
    keys: [
      { tenant: 'acme', name: 'test', value: key, limits: LIMITS },
      { tenant: 'acme', name: 'narrow', value: `${key}-narrow`, endpoints: ['audio/speech'], limits: LIMITS },
      { tenant: 'payer', name: 'prepaid', value: `${key}-prepaid`, limits: LIMITS },
    ],
  };
}
