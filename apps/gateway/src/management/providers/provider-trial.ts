import { modelsOfProvider } from '@higress/catalog';
import { type Credential, DomainError, type Provider } from '@higress/kernel';
import { EgressRefused, type Upstream } from '@higress/upstream';

export interface TrialResult {
  readonly credential_id: string | null;
  readonly ok: boolean;
  readonly latency_ms: number;
  /** How many models it lists. */
  readonly models: number | null;
  readonly error: { code: string; message: string; upstream_status: number | null } | null;
}

/** Asks a provider for its models with each of its credentials: the cheapest call that tells whether they work. */
export class ProviderTrial {
  constructor(private readonly upstream: Upstream) {}

  async run(provider: Provider): Promise<{ ok: boolean; results: TrialResult[] }> {
    const results: TrialResult[] = [];
    for (const credential of provider.credentials.length > 0 ? provider.credentials : [null]) results.push(await this.tryOne(provider, credential));
    return { ok: results.every(({ ok }) => ok), results };
  }

  private async tryOne(provider: Provider, credential: Credential | null): Promise<TrialResult> {
    const started = performance.now();
    const about = () => ({ credential_id: credential?.id ?? null, latency_ms: Math.round(performance.now() - started) });
    try {
      const models = await modelsOfProvider(this.upstream, provider, credential);
      return { ...about(), ok: true, models: models.length, error: null };
    } catch (thrown) {
      if (!(thrown instanceof DomainError)) throw thrown;
      return { ...about(), ok: false, models: null, error: { code: thrown.code, message: wordsOf(thrown), upstream_status: thrown.upstreamStatus ?? null } };
    }
  }
}

/** Operators may know what callers may not: the provider's own words, and which rule stopped the call. */
function wordsOf({ message, cause }: DomainError): string {
  if (cause instanceof EgressRefused) return cause.message;
  return typeof cause === 'string' && cause !== '' ? cause : message;
}
