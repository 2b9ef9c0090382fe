import type { Catalog } from '@higress/catalog';
import { DomainError } from '@higress/kernel';
import { countTokens } from '@higress/pricing';
import type { Authenticate } from './authenticate.stage';
import type { InferenceCall } from './call';
import { findModel } from './list-models';
import { parseConversation } from './parse-conversation';

/** Says how many tokens a prompt has, without asking a provider. Nothing is charged, and no limit is touched but that on strangers. */
export class TokenCounter {
  constructor(
    private readonly authenticate: Authenticate,
    private readonly catalog: Catalog,
  ) {}

  /** @throws DomainError as a completion of the same call would, up to its model */
  async count(call: InferenceCall): Promise<number> {
    const principal = await this.authenticate.run(call);
    if (principal.endpoints !== null && !principal.endpoints.some((endpoint) => endpoint === call.endpoint || endpoint === 'messages/count_tokens')) throw new DomainError('SCOPE_DENIED');
    const { asked, request } = parseConversation(call);
    const model = findModel(this.catalog.snapshot, { ...principal, endpoints: null }, request.model);
    return asked ? countTokens(asked, model.deployments[0]?.upstreamModel ?? model.name) : request.estimatedInputTokens;
  }
}
