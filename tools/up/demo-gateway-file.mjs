import { PROVIDER_PRESETS } from './provider-presets.mjs';

const PRICE = { input: '0.15', output: '0.60', cached_input: '0.075' };

/** What clients ask for, and the simulator's own names for how it behaves. */
const DEMO_MODELS = [
  { name: 'demo', upstream: ['sim'] },
  { name: 'demo-fast', upstream: ['sim-fast'] },
  { name: 'demo-slow', upstream: ['sim-slow'] },
  { name: 'demo-echo', upstream: ['sim-echo'] },
  { name: 'demo-failover', upstream: ['sim-status-503', 'sim'] },
  { name: 'demo-flaky', upstream: ['sim-flaky-30', 'sim'] },
  { name: 'demo-error', upstream: ['sim-status-500'] },
  { name: 'demo-rate-limited', upstream: ['sim-status-429'] },
  { name: 'demo-timeout', upstream: ['sim-timeout'] },
  { name: 'demo-broken-stream', upstream: ['sim-reset-5'] },
];

const HEADER = `# Written by "npm run up" at every start. To change it, copy it to gateway.yaml in the workspace, or name your own with GATEWAY_CONFIG.
`;

/**
 * The demo: a simulator that needs no network, its models, one prepaid tenant and one key, and each provider whose key is in the environment.
 * @param {Record<string, string>} env
 * @returns {string} YAML
 */
export function demoGatewayFile(env) {
  const presets = PROVIDER_PRESETS.filter(({ keyVariable }) => env[keyVariable] !== undefined);
  return [
    HEADER,
    section('providers', [{ name: 'simulator', dialect: 'simulator' }, ...presets.map((preset) => providerOf(preset, env))].map(line)),
    section('models', [...DEMO_MODELS.map(demoModel), ...presets.flatMap(modelsOf)].map(modelLines)),
    section('tenants', [line({ name: 'demo', billing: 'prepaid', opening_credit_usd: '25' })]),
    section('keys', [line({ tenant: 'demo', name: 'demo', value: '${DEMO_API_KEY}' })]),
  ].join('\n');
}

function providerOf({ name, dialect, keyVariable, baseUrlVariable, baseUrl }, env) {
  return { name, dialect, base_url: env[baseUrlVariable] === undefined ? baseUrl : `\${${baseUrlVariable}}`, credentials: [{ value: `\${${keyVariable}}` }] };
}

function modelsOf(preset) {
  return preset.models.map(({ name, price }) => ({ name, deployments: [{ provider: preset.name, upstream_model: name, price }] }));
}

function demoModel({ name, upstream }) {
  return { name, deployments: upstream.map((upstream_model, at) => ({ provider: 'simulator', upstream_model, priority: at + 1, price: PRICE })) };
}

function section(name, items) {
  return `${name}:\n${items.map((item) => `  - ${item}\n`).join('')}`;
}

function modelLines({ name, deployments }) {
  return `name: ${line(name)}\n    deployments:\n${deployments.map((deployment) => `      - ${line(deployment)}`).join('\n')}`;
}

/** A value on one line of YAML. */
function line(value) {
  if (Array.isArray(value)) return `[${value.map(line).join(', ')}]`;
  if (typeof value === 'object') return `{ ${Object.entries(value).map(([name, inner]) => `${name}: ${line(inner)}`).join(', ')} }`;
  return typeof value === 'string' && /^[a-z][\w.-]*$/i.test(value) ? value : JSON.stringify(value);
}
