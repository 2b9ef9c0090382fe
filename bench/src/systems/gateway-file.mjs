import { writeFileSync } from 'node:fs';
import { scratch } from '../machine/place.mjs';

/** Values of the two keys, by tenant. They open nothing but the benchmark's own gateway. */
export const KEYS = {
  postpaid: 'sk-of-the-benchmark-postpaid-0000000000',
  prepaid: 'sk-of-the-benchmark-prepaid-00000000000',
};

const HIGH = { rpm: 100_000_000, tpm: 100_000_000_000, rpd: 10_000_000_000, tpd: 1_000_000_000_000, concurrent: 100_000 };
const PRICE = { input: '0.15', output: '0.60', cached_input: '0.075' };
const MODELS = ['json-0', 'json-500', 'sse-100-0', 'sse-250-20', 'sse-100-20', 'msg-100-0'];

/** gateway.yaml (as JSON, which YAML is): every limit is set and counted, none is reached; every call has a price. */
export function writeGatewayFile(upstreams) {
  const provider = (name, port, dialect = 'openai') => ({ name, dialect, base_url: `http://127.0.0.1:${port}/v1`, credentials: [{ value: 'sk-of-the-upstream' }] });
  const providerOf = (name) => (name === 'json-0' ? 'bench-json' : name.startsWith('msg-') ? 'bench-messages' : 'bench-stream');
  const model = (name) => ({ name, deployments: [{ provider: providerOf(name), upstream_model: name, price: PRICE }] });
  const file = {
    providers: [provider('bench-json', upstreams.json), provider('bench-stream', upstreams.stream), provider('bench-messages', upstreams.stream, 'anthropic')],
    models: MODELS.map(model),
    tenants: [
      { name: 'bench-postpaid', billing: 'postpaid', limits: HIGH },
      { name: 'bench-prepaid', billing: 'prepaid', opening_credit_usd: '1000000', limits: HIGH },
    ],
    keys: Object.entries(KEYS).map(([billing, value]) => ({ tenant: `bench-${billing}`, name: 'bench', value, limits: HIGH })),
  };
  const path = scratch('gateway.yaml');
  writeFileSync(path, JSON.stringify(file, null, 2));
  return path;
}
