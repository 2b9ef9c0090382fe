import type { ProviderDialect } from '@higress/kernel';
import { openAiCompatible } from './openai/openai-compatible';
import type { ProviderAdapter } from './provider.adapter';

/** One adapter for each dialect that a provider may be declared with. */
export const registry = {
  openai: openAiCompatible({ name: 'openai' }),
  simulator: openAiCompatible({ name: 'simulator' }),
} satisfies Record<ProviderDialect, ProviderAdapter>;

export function adapterFor(dialect: ProviderDialect): ProviderAdapter {
  return registry[dialect];
}
