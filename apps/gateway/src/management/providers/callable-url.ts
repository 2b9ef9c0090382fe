import { DomainError } from '@higress/kernel';
import { checkDestination, EgressRefused, type EgressRules } from '@higress/upstream';

/** Refuses, when it is saved, a base URL that no call could be made to. */
export class CallableUrl {
  constructor(private readonly rules: EgressRules) {}

  /** Asks the resolver, so not to be called while locks are held. @throws DomainError VALIDATION_FAILED */
  async check(baseUrl: string | undefined): Promise<void> {
    if (baseUrl === undefined) return;
    const { search, hash } = new URL(baseUrl);
    if (search !== '' || hash !== '') refuse('must end with its path: what belongs into a query is sent as a header or a credential');
    await checkDestination(this.rules, baseUrl).catch((error: unknown) => refuse(error instanceof EgressRefused ? error.message : 'is not a URL'));
  }
}

function refuse(message: string): never {
  throw new DomainError('VALIDATION_FAILED', { param: 'base_url', details: [{ path: 'base_url', message }] });
}
