import { readFileSync } from 'node:fs';
import { demoGatewayFile } from './demo-gateway-file.mjs';

/**
 * @typedef {object} GatewayFile
 * @property {string} path
 * @property {boolean} isDemo
 * @property {string | null} key an API key that it gives, null when none can be read from it
 * @property {string | null} model a model that it offers
 */

/**
 * The file to apply: the operator's own, or a demo written here and now.
 * @param {import('./data-dir.mjs').DataDir} dataDir
 * @param {string | null} own
 * @param {Record<string, string>} env with the development keys
 * @returns {Promise<GatewayFile>}
 */
export async function gatewayFile(dataDir, own, env) {
  if (own !== null) return { path: own, isDemo: false, ...(await peek(own, env)) };
  dataDir.writeSecret('gateway.yaml', demoGatewayFile(env));
  return { path: dataDir.at('gateway.yaml'), isDemo: true, key: env.DEMO_API_KEY ?? null, model: 'demo' };
}

/** A key and a model to show in the example call. The gateway is the judge of the file; what cannot be read here is simply not shown. */
async function peek(path, env) {
  try {
    const { parse } = await import('yaml');
    const file = parse(readFileSync(path, 'utf8'));
    const value = file.keys?.find((key) => typeof key.value === 'string')?.value;
    const key = value?.replace(/\$\{(\w+)\}/g, (_, name) => env[name] ?? '');
    return { key: key || null, model: file.models?.[0]?.name ?? null };
  } catch {
    return { key: null, model: null };
  }
}
