import { DomainError, type Credential, type Deployment, type Provider } from '@higress/kernel';
import { adapterFor, modelListPath, withoutHeaderValues } from '@higress/providers';
import { readErrorBody, type Upstream } from '@higress/upstream';
import { PLAIN_NAME } from '../wildcard-models';

/** A provider that lists its models takes no longer; one that takes longer is not worth an operator's wait. */
const PATIENCE_MS = 10_000;
const MAX_LIST_BYTES = 8 << 20;

/**
 * The names of the models that a provider says it has, in its order, each once; a name with a `*` or a space in it is not one that could be asked for. Asked as any call is: same egress rules, same connections.
 * @throws DomainError UPSTREAM_*, NO_AVAILABLE_UPSTREAM (the egress rules), or what the provider's refusal means
 */
export async function modelsOfProvider(upstream: Upstream, provider: Provider, credential: Credential | null): Promise<string[]> {
  const adapter = adapterFor(provider.dialect);
  const deployment: Deployment = { id: provider.id, provider, upstreamModel: '', priority: 1, weight: 1, price: null, maxOutputTokens: null };
  const answer = await upstream.call({
    deployment, credential, method: 'GET', path: modelListPath(provider), headers: adapter.headers(credential, provider), body: null, signal: AbortSignal.timeout(PATIENCE_MS),
    connectMs: provider.timeouts.connectMs, firstTokenMs: PATIENCE_MS, maxBytes: MAX_LIST_BYTES,
  });
  if (answer.status !== 200) throw adapter.explain(answer.status, answer.headers, withoutHeaderValues(await readErrorBody(answer), provider), credential);
  return namesIn(await answer.readAll());
}

/** `{data: [{id}]}` as OpenAI and Anthropic write it, `{models: [{name: "models/…"}]}` as Gemini does. */
function namesIn(body: Buffer): string[] {
  const { data, models } = parsed(body);
  const list = Array.isArray(data) ? data : Array.isArray(models) ? models : undefined;
  if (!list) throw new DomainError('UPSTREAM_INVALID_RESPONSE', { message: 'The provider answered, but not with a list of models.' });
  const names = list.map((item: unknown) => nameOf(item)).filter((name) => PLAIN_NAME.test(name));
  return [...new Set(names)];
}

function nameOf(item: unknown): string {
  const { id, name } = (typeof item === 'object' && item !== null ? item : {}) as { id?: unknown; name?: unknown };
  if (typeof id === 'string') return id;
  return typeof name === 'string' ? name.replace(/^models\//, '') : '';
}

function parsed(body: Buffer): { data?: unknown; models?: unknown } {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
