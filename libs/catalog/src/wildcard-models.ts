import type { Model } from '@higress/kernel';
import type { PriceList } from './list-prices/price-list';

/** What a name may put into a provider's: no spaces, no control characters, nothing that leads elsewhere in a path. */
export const PLAIN_NAME = /^(?!.*\.\.)[A-Za-z0-9@][A-Za-z0-9._:@/+-]{0,199}$/;
const MOST_KNOWN = 1_000;

/** Models whose name has a `*`: each stands for every name that fits, and its deployments for the same name at their providers. */
export class WildcardModels {
  readonly #models: readonly Model[];
  readonly #known = new Map<string, Model | null>();

  constructor(
    models: readonly Model[],
    private readonly prices: PriceList,
  ) {
    // The longest pattern first: `openai/gpt-*` before `openai/*` before `*`.
    this.#models = models.filter(({ name }) => isWildcard(name)).sort((a, b) => b.name.length - a.name.length || (a.name < b.name ? -1 : 1));
  }

  /** The model of this name, made from the pattern that fits it best; undefined where none does. */
  find(name: string): Model | undefined {
    if (this.#models.length === 0) return undefined;
    let model = this.#known.get(name);
    if (model === undefined) {
      model = this.#make(name);
      // Anybody may ask for any name: what is remembered is bounded.
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      this.#known.set(name, model);
    }
    return model ?? undefined;
  }

  #make(name: string): Model | null {
    for (const model of this.#models) {
      const [before = '', after = ''] = model.name.split('*');
      if (name.length <= before.length + after.length || !name.startsWith(before) || !name.endsWith(after)) continue;
      const part = name.slice(before.length, name.length - after.length);
      if (PLAIN_NAME.test(part)) return this.#named(model, name, part);
    }
    return null;
  }

  #named(model: Model, name: string, part: string): Model {
    const deployments = model.deployments.map((deployment) => {
      const upstreamModel = deployment.upstreamModel.replace('*', () => part);
      return { ...deployment, upstreamModel, price: deployment.price ?? this.prices.find(deployment.provider, upstreamModel) };
    });
    return { ...model, name, pattern: model.name, deployments };
  }
}

export function isWildcard(name: string): boolean {
  return name.includes('*');
}
