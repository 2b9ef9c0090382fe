import type { Credential, Provider } from '@higress/kernel';
import type { MediaWays } from '@higress/wire';
import { providerFields, secretOf } from '../headers/provider-fields';
import type { ProviderAdapter } from '../provider.adapter';
import { explainRefusal } from '../refusal/explain-refusal';
import { bedrockServices } from './bedrock-services';
import { converseProvider } from './converse-codec';
import { type AwsKeys, signRequest } from './sign-request';

const DEFAULT_REGION = 'us-east-1';

/** `id:secret` or `id:secret:session` is a pair of access keys; anything else a key of Bedrock's own, shown as a bearer. */
function awsKeys(credential: Credential): AwsKeys | null {
  const [accessKeyId, secretKey, ...session] = secretOf(credential).split(':');
  if (!accessKeyId || !secretKey || !/^[A-Z0-9]{16,}$/.test(accessKeyId)) return null;
  return { accessKeyId, secretKey, ...(session.length > 0 ? { sessionToken: session.join(':') } : {}) };
}

function regionOf(host: string): string {
  return /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(host)?.[1] ?? DEFAULT_REGION;
}

function headers(credential: Credential | null, provider: Provider): string[] {
  return providerFields(provider, credential && !awsKeys(credential) ? ['authorization', `Bearer ${secretOf(credential)}`] : []);
}

const MEDIA: MediaWays = {};

/** Amazon Bedrock by its Converse API, and other models than those of conversations in their own words; the base URL names the region (`https://bedrock-runtime.eu-central-1.amazonaws.com`). */
export const bedrock: ProviderAdapter = {
  name: 'bedrock',
  services: (_provider, model) => bedrockServices(model),
  media: () => MEDIA,
  speaks: () => false,
  codec: () => converseProvider,
  // Which models there are, another service tells: asking this one is refused.
  path: (endpoint, model, aim) => (endpoint === 'models' ? '/foundation-models' : `/model/${encodeURIComponent(model)}/${aim?.stream ? 'converse-stream' : 'converse'}`),
  headers,
  sign(fields, { credential, provider, path, body, at }) {
    const keys = credential && awsKeys(credential);
    if (!keys) return fields;
    const { host, pathname } = new URL(provider.baseUrl);
    return [...signRequest(keys, { host, path: pathname.replace(/\/$/, '') + path, body, region: regionOf(host), service: 'bedrock', at }), ...fields];
  },
  outputBoundField: () => 'maxTokens',
  explain: explainRefusal,
};
