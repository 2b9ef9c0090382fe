import type { Price, Provider } from '@higress/kernel';
import { eachPricePart, type PriceTexts, toPrice } from '../price-parts';

/** A row of list prices whose time has come. */
export interface ListPriceRow extends PriceTexts {
  readonly provider: string;
  readonly model: string;
}

export const LIST_PRICES = `
  select distinct on (provider, model) provider, model, ${eachPricePart((column, part) => `${column}::text as "${part}"`)}
    from list_prices where valid_from <= now() order by provider, model, valid_from desc, created_at desc`;

/** What lists call a provider whose dialect or usual name here is another one. */
const ALIASES: Readonly<Record<string, string>> = { 'azure-openai': 'azure', vertex: 'vertex_ai', together: 'together_ai', google: 'gemini', fireworks: 'fireworks_ai', grok: 'xai' };

/** The hosts of providers that have list prices. */
const HOSTS: Readonly<Record<string, string>> = {
  'api.openai.com': 'openai', 'api.anthropic.com': 'anthropic', 'generativelanguage.googleapis.com': 'gemini', 'api.deepseek.com': 'deepseek', 'api.groq.com': 'groq', 'api.mistral.ai': 'mistral',
  'openrouter.ai': 'openrouter', 'api.together.xyz': 'together_ai', 'api.x.ai': 'xai', 'dashscope.aliyuncs.com': 'dashscope', 'dashscope-intl.aliyuncs.com': 'dashscope', 'api.moonshot.cn': 'moonshot',
  'api.moonshot.ai': 'moonshot', 'api.cohere.com': 'cohere', 'api.fireworks.ai': 'fireworks_ai', 'api.perplexity.ai': 'perplexity',
};

/** List prices by provider and model, to be asked for what has no price of its own. */
export class PriceList {
  readonly #prices = new Map<string, Price>();

  constructor(rows: readonly ListPriceRow[]) {
    for (const row of rows) {
      const price = toPrice(row);
      if (price) this.#prices.set(keyOf(row.provider, row.model), price);
    }
  }

  /** By the provider's name here, else by the host it is called at. Null where no list tells both what the model reads and what it writes, or what a picture, a second or a character costs. */
  find({ name, baseUrl }: Pick<Provider, 'name' | 'baseUrl'>, model: string): Price | null {
    if (this.#prices.size === 0) return null;
    const label = name.toLowerCase();
    for (const provider of [label, ALIASES[label], HOSTS[hostOf(baseUrl)]]) {
      const price = provider === undefined ? undefined : this.#prices.get(keyOf(provider, model));
      if (price) return price;
    }
    return null;
  }
}

const keyOf = (provider: string, model: string) => `${provider}\n${model}`;

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
