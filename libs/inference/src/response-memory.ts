import { DomainError } from '@higress/kernel';
import type { Keeping, StoredResponses } from '@higress/replay';
import { inputItems, outputItems, responseIn, retellResponse, rewriteJson } from '@higress/wire';
import { type ParsedConversation, parseConversation } from './parse-conversation';

type Items = readonly Readonly<Record<string, unknown>>[];

/** What a request continues, and whether what comes of it is to be kept. */
export interface Thread {
  readonly tenantId: string;
  /** Null where it begins anew. */
  readonly previousId: string | null;
  /** What was said before, oldest first; without the instructions of then, which held for then alone. */
  readonly history: Items;
  /** What the request adds to it. */
  readonly input: Items;
  readonly isKept: boolean;
  /** The request with what was said before in its input. */
  readonly parsed: ParsedConversation;
}

export interface ResponseMemoryOptions {
  readonly responses: StoredResponses;
  /** Hears why a response that should be kept is not. */
  readonly onNotKept: (why: Exclude<Keeping, 'kept'>) => void;
}

/** Responses beyond the call that makes them: no provider keeps any, so what came before is told anew each time. */
export class ResponseMemory {
  constructor(private readonly options: ResponseMemoryOptions) {}

  /**
   * What the request of a response continues; null where it continues nothing and is not to be kept.
   * @throws DomainError PREVIOUS_RESPONSE_NOT_FOUND, INVALID_REQUEST where the conversation is too long, NOT_READY while Postgres is away
   */
  async recall(tenantId: string, parsed: ParsedConversation): Promise<Thread | null> {
    const { store, previous_response_id: previousId = null, input } = parsed.json.value;
    const isKept = store !== false && this.options.responses.keepsAny;
    const added = inputItems(input);
    if (typeof previousId !== 'string') return isKept ? { tenantId, previousId: null, history: [], input: added, isKept, parsed } : null;
    const history = await this.historyOf(tenantId, previousId);
    const body = rewriteJson(parsed.json, { input: JSON.stringify([...history, ...added]), previous_response_id: 'null' });
    return { tenantId, previousId, history, input: added, isKept, parsed: parseConversation({ endpoint: 'responses', body }) };
  }

  private async historyOf(tenantId: string, id: string): Promise<Items> {
    const chain = await this.options.responses.chain(tenantId, id);
    const [oldest] = chain;
    // With a piece missing the model would answer to something that was never said.
    const missing = oldest ? oldest.previousId : id;
    if (missing !== null) throw new DomainError('PREVIOUS_RESPONSE_NOT_FOUND', { message: `Previous response with id '${shown(missing)}' not found.`, param: 'previous_response_id' });
    return chain.flatMap(({ input, response }) => [...input, ...outputItems(response)]);
  }

  /**
   * Keeps the response in the last bytes of an answer, so that whoever has them can go on from it at once. Takes a second at most and never fails:
   * where it is not kept, the bytes say so.
   */
  async remember({ tenantId, previousId, input }: Thread, bytes: Buffer, isStream: boolean): Promise<Buffer> {
    const response = responseIn(bytes, isStream);
    const id = response?.id;
    const outcome = response && typeof id === 'string' ? await this.options.responses.keep(tenantId, { id, previousId, input, response }) : 'taken';
    if (outcome === 'kept') return bytes;
    this.options.onNotKept(outcome);
    return retellResponse(bytes, isStream, { store: false, previousId });
  }
}

function shown(id: string): string {
  return id.replace(/[^\x20-\x7e]/g, '?').slice(0, 128);
}
