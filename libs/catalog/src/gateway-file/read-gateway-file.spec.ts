import { NO_LIMITS } from '@higress/kernel';
import { GatewayFileError } from './gateway-file-error';
import { readGatewayFile } from './read-gateway-file';

const SAMPLE = `
providers:
  - name: openai
    dialect: openai
    base_url: https://api.openai.com/v1/
    credentials: [{ value: "\${OPENAI_API_KEY}", weight: 1 }]
    timeouts: { connect_ms: 1000 }
  - { name: sim, dialect: simulator }
models:
  - name: gpt-4o-mini
    strategy: priority-weight
    deployments:
      - { provider: openai, upstream_model: gpt-4o-mini, priority: 1, weight: 100, price: { input: "0.15", output: 0.60, cached_input: "0.075" } }
  - { name: demo, deployments: [{ provider: sim, upstream_model: demo, price: free }] }
tenants:
  - { name: acme, billing: prepaid, opening_credit_usd: "25", limits: { rpm: 600, tpm: 200000 } }
keys:
  - { tenant: acme, name: ci, value: "\${ACME_KEY}", models: ["gpt-*"], limits: { rpm: 60, concurrent: 10 } }
`;
const ENV = { OPENAI_API_KEY: 'sk-upstream', ACME_KEY: 'k'.repeat(32) };

const faultsOf = (yaml: string, env = {}) => {
  try {
    readGatewayFile(yaml, env);
  } catch (error) {
    if (error instanceof GatewayFileError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
};

describe('readGatewayFile', () => {
  it('reads the sample, with references and defaults in place', () => {
    const file = readGatewayFile(SAMPLE, ENV);
    expect(file.providers[0]).toMatchObject({
      base_url: 'https://api.openai.com/v1',
      credentials: [{ value: 'sk-upstream', weight: 1 }],
      timeouts: { connect_ms: 1000 },
    });
    expect(file.models[0]?.deployments[0]?.price).toEqual({ input: '0.15', output: '0.6', cached_input: '0.075' });
    expect(file.tenants[0]?.limits).toEqual({ ...NO_LIMITS, rpm: 600, tpm: 200_000 });
    expect(file.keys[0]).toMatchObject({ value: ENV.ACME_KEY, models: ['gpt-*'], endpoints: null, tags: {} });
  });

  it('takes an empty file for one that names nothing', () => {
    expect(readGatewayFile('', {})).toEqual({ providers: [], models: [], tenants: [], keys: [] });
  });

  it('names each variable that is missing or empty, and blames nothing else at that place', () => {
    expect(faultsOf(SAMPLE, { ACME_KEY: '' })).toEqual([
      'providers[0].credentials[0].value: the environment variable OPENAI_API_KEY is not set',
      'keys[0].value: the environment variable ACME_KEY is not set',
    ]);
  });

  it('cannot be given structure by a variable', () => {
    const file = readGatewayFile('providers: [{ name: "${NAME}", dialect: simulator }]', { NAME: '"}, { name: evil' });
    expect(file.providers.map(({ name }) => name)).toEqual(['"}, { name: evil']);
  });

  it('takes one star in the name of a model, and no second one', () => {
    expect(faultsOf('models: [{ name: "a/*" }, { name: "a/*/*" }]')).toEqual(['models[1].name: must have one `*` at most']);
  });

  it('tells every fault at once, each with its place and what is possible', () => {
    const faults = faultsOf(`
provider: []
providers:
  - { name: a, dialect: soap, base_url: "ftp://x", colour: red }
  - { name: a, dialect: openai }
models:
  - { name: m, strategy: ucb1, deployments: [{ provider: a, upstream_model: x, price: { input: "-1", output: "0.1234567891" } }] }
  - { name: n, deployments: [{ provider: a, upstream_model: x, price: cheap }, { provider: a, upstream_model: x, price: { input: "1" } }] }
tenants: [{ name: t, billing: barter }]
keys: [{ tenant: t, name: k, value: short, signing: required }]
`);
    expect(faults).toEqual([
      'providers[0].dialect: must be one of openai, anthropic, gemini, azure-openai, vertex, bedrock, cohere, simulator',
      'providers[0].base_url: must be an http or https URL',
      'providers[0].colour: is not a field here',
      'providers[1].base_url: is needed: only the simulator has none',
      'models[0].strategy: must be one of priority-weight',
      'models[0].deployments[0].price.input: must be a decimal string of USD such as "0.15", not negative, with at most 9 decimals, at most 1000000',
      'models[0].deployments[0].price.output: must be a decimal string of USD such as "0.15", not negative, with at most 9 decimals, at most 1000000',
      'models[1].deployments[0].price: must be `free` or an object such as { input: "0.15", output: "0.60" }',
      'models[1].deployments[1].price: must name input and output, or per_request, per_image, per_second, per_character or per_search alone: an unknown price is never zero',
      'tenants[0].billing: must be one of prepaid, postpaid, internal',
      'keys[0].value: must have at least 32 characters',
      'keys[0].signing: is not a field here',
      'provider: is not a field here',
      'providers[1]: a provider of this name is there already',
      'models[1].deployments[1]: this provider and upstream model are there already',
    ]);
  });

  it('never repeats a value, which may be a secret', () => {
    const faults = faultsOf('keys: [{ tenant: t, name: a, value: hush-hush }, { tenant: t, name: b, value: hush-hush }]\nproviders: [{ name: p, dialect: hush-hush }]');
    expect(faults).toHaveLength(4);
    expect(faults.join()).not.toContain('hush');
  });

  it('names the line of broken YAML', () => {
    expect(faultsOf('tenants:\n  - name: [oops\nkeys: []')[0]).toMatch(/^line \d: /);
    expect(faultsOf('tenants: []\ntenants: []')[0]).toMatch(/^line 2: /);
  });
});
