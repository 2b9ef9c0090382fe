import { DomainError } from '@higress/kernel';
import type { RateLimiter } from '@higress/rate-limit';
import type { StoredResponse, StoredResponses } from '@higress/replay';
import { listedItem, outputItems } from '@higress/wire';
import type { Authenticate, Presented } from './authenticate.stage';
import type { InferenceCall } from './call';
import { requireEndpoint } from './require-endpoint';
import type { CallLimits } from './resolve-limits';

const MOST_LISTED = 100;
const USUALLY_LISTED = 20;

type Json = Readonly<Record<string, unknown>>;

/** A request for a response that was made before. */
export type Asking = Presented & Pick<InferenceCall, 'requestId'>;

export interface ListQuery {
  readonly after?: string;
  readonly limit?: string;
  readonly order?: string;
}

export interface KeptResponsesParts {
  readonly authenticate: Authenticate;
  readonly limiter: RateLimiter;
  readonly limits: CallLimits;
  readonly responses: StoredResponses;
}

/**
 * Responses that were kept, for whoever may call `responses` in their tenant: every key of it, and its people. To all others there is none of that id.
 * Each request counts as one against the limits, and as no token. Every method throws DomainError as a completion would up to its admission, and NOT_FOUND.
 */
export class KeptResponses {
  constructor(private readonly parts: KeptResponsesParts) {}

  async retrieve(asking: Asking, id: string): Promise<Json> {
    return (await this.find(await this.admitted(asking), id)).response;
  }

  async delete(asking: Asking, id: string): Promise<Json> {
    if (!(await this.parts.responses.delete(await this.admitted(asking), id))) throw notFound(id);
    return { id, object: 'response', deleted: true };
  }

  /** Only what runs in the background can be cancelled, and nothing does here. */
  async cancel(asking: Asking, id: string): Promise<never> {
    await this.find(await this.admitted(asking), id);
    throw new DomainError('INVALID_REQUEST', { message: 'Cannot cancel a synchronous response.' });
  }

  /** All that the response was made from: what was said before it and what its request added. */
  async inputItems(asking: Asking, id: string, query: ListQuery): Promise<Json> {
    const tenantId = await this.admitted(asking);
    const { limit, isAscending } = readQuery(query);
    const chain = await this.parts.responses.chain(tenantId, id);
    if (chain.length === 0) throw notFound(id);
    const items = chain.flatMap((stored, at) => itemsOf(stored, at < chain.length - 1));
    if (!isAscending) items.reverse();
    const from = query.after === undefined ? 0 : items.findIndex((item) => item.id === query.after) + 1;
    if (query.after !== undefined && from === 0) throw new DomainError('INVALID_REQUEST', { message: 'There is no such item.', param: 'after' });
    const data = items.slice(from, from + limit);
    return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: from + limit < items.length };
  }

  /** @returns the tenant of a caller who may ask */
  private async admitted(asking: Asking): Promise<string> {
    const { authenticate, limiter, limits } = this.parts;
    const principal = await authenticate.run(asking);
    requireEndpoint(principal, 'responses');
    limiter.settle(await limiter.admit(limits.demandOf(asking, principal, 0)), 0);
    return principal.tenantId;
  }

  private async find(tenantId: string, id: string): Promise<StoredResponse> {
    return (await this.parts.responses.find(tenantId, id)) ?? notFoundNow(id);
  }
}

function itemsOf({ id, input, response }: StoredResponse, withOutput: boolean): Json[] {
  const place = id.replace(/^resp_/, '');
  // Items of the output have ids of their own.
  return [...input, ...(withOutput ? outputItems(response) : [])].map((item, at) => listedItem(item, `${place}_in${at}`));
}

function readQuery({ limit, order }: ListQuery): { limit: number; isAscending: boolean } {
  const count = limit === undefined ? USUALLY_LISTED : /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > MOST_LISTED) throw new DomainError('INVALID_REQUEST', { message: `'limit' must be a whole number from 1 to ${MOST_LISTED}.`, param: 'limit' });
  if (order !== undefined && order !== 'asc' && order !== 'desc') throw new DomainError('INVALID_REQUEST', { message: "'order' must be asc or desc.", param: 'order' });
  return { limit: count, isAscending: order === 'asc' };
}

function notFound(id: string): DomainError {
  return new DomainError('NOT_FOUND', { message: `Response with id '${id.replace(/[^\x20-\x7e]/g, '?').slice(0, 128)}' not found.` });
}

function notFoundNow(id: string): never {
  throw notFound(id);
}
