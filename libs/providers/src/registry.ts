import type { ProviderDialect } from '@higress/kernel';
import { anthropic } from './anthropic/anthropic';
import { azureOpenAi } from './azure-openai/azure-openai';
import { bedrock } from './bedrock/bedrock';
import { cohere } from './cohere/cohere';
import { gemini } from './gemini/gemini';
import { openAiCompatible } from './openai/openai-compatible';
import type { ProviderAdapter } from './provider.adapter';
import { vertex } from './vertex/vertex';

/** One adapter for each dialect that a provider may be declared with. */
export const registry = {
  openai: openAiCompatible({ name: 'openai' }),
  anthropic,
  gemini,
  'azure-openai': azureOpenAi,
  vertex,
  bedrock,
  cohere,
  simulator: openAiCompatible({ name: 'simulator' }),
} satisfies Record<ProviderDialect, ProviderAdapter>;

export function adapterFor(dialect: ProviderDialect): ProviderAdapter {
  return registry[dialect];
}
