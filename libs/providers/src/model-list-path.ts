import type { Provider, ProviderDialect } from '@higress/kernel';

const AZURE_API_VERSION = '2024-10-21';

/** Where a kind of provider lists its models otherwise than under `/models`; pages are asked for as large as they come. */
const LISTS: Partial<Record<ProviderDialect, (provider: Pick<Provider, 'baseUrl' | 'headers'>) => string>> = {
  anthropic: () => '/models?limit=1000',
  cohere: () => '/v1/models?page_size=1000',
  gemini: () => '/models?pageSize=1000',
  'azure-openai': ({ baseUrl, headers }) => (baseUrl.endsWith('/openai/v1') ? '/models' : `/openai/models?api-version=${encodeURIComponent(headers['api-version'] ?? AZURE_API_VERSION)}`),
};

/** What follows the provider's base URL where it lists its models. */
export function modelListPath(provider: Pick<Provider, 'baseUrl' | 'dialect' | 'headers'>): string {
  return LISTS[provider.dialect]?.(provider) ?? '/models';
}
