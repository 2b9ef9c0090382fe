import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseAway, type Sealer, UnsealError } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import { MAX_KEPT_BYTES } from '../kept-answer';

/** Responses that one conversation may have, and what they may hold together: more would not fit a model's context. */
export const MOST_IN_CHAIN = 500;
export const MOST_CHAIN_BYTES = 4 * 1024 * 1024;
/** What an id may look like; nothing is kept under another, and nothing found. */
const ID = /^[\w.:-]{1,100}$/;
/** How long an answer waits for being kept before it leaves without. */
const PATIENCE_MS = 1_000;

type Json = Readonly<Record<string, unknown>>;

export interface StoredResponse {
  readonly id: string;
  /** The response that it continues. */
  readonly previousId: string | null;
  /** What its request added to that, as its caller sent it. */
  readonly input: readonly Json[];
  /** The response as its caller got it. */
  readonly response: Json;
}

/** Whether a response was kept, or else why not: it is too large, its id is another one's or none at all, Postgres is away or was too slow. */
export type Keeping = 'kept' | 'too_large' | 'taken' | 'away' | 'slow';

export interface StoredResponsesOptions {
  readonly dataSource: DataSource;
  readonly sealer: Sealer;
  /** Days that responses are kept; 0: none is. */
  readonly retentionDays: number;
  /** Hears why a response could not be kept. */
  readonly onFault: (error: unknown) => void;
}

interface Row {
  readonly response_id: string;
  readonly previous_id: string | null;
  readonly sealed: Buffer;
}

const INSERT = `insert into stored_responses (tenant_id, response_id, previous_id, sealed) values ($1, $2, $3, $4) on conflict do nothing returning 1`;
const MINE = `tenant_id = $1 and response_id = $2`;
const FRESH = `created_at > now() - make_interval(days => $3)`;
const FIND = `select response_id, previous_id, sealed from stored_responses where ${MINE} and ${FRESH}`;
const DELETE = `delete from stored_responses where ${MINE} and ${FRESH} returning 1`;
const CHAIN = `
  with recursive chain as (
    select response_id, previous_id, sealed, 1 as depth, octet_length(sealed)::bigint as bytes
    from stored_responses where ${MINE} and ${FRESH}
    union all
    select earlier.response_id, earlier.previous_id, earlier.sealed, chain.depth + 1, chain.bytes + octet_length(earlier.sealed)
    from chain join stored_responses earlier on earlier.tenant_id = $1 and earlier.response_id = chain.previous_id and earlier.${FRESH}
    where chain.depth < ${MOST_IN_CHAIN} and chain.bytes <= ${MOST_CHAIN_BYTES}
  )
  select response_id, previous_id, sealed from chain order by depth`;

/**
 * Responses by tenant and id. The tenant is an argument of everything, stands in every condition and is part of the seal: to another tenant
 * a response does not exist, and a row that was moved opens for nobody.
 */
export class StoredResponses {
  constructor(private readonly options: StoredResponsesOptions) {}

  get keepsAny(): boolean {
    return this.options.retentionDays > 0;
  }

  /** Resolves when the response can be found by whoever asks next, on any pod, or after a second at most. Never rejects. */
  async keep(tenantId: string, { id, previousId, input, response }: StoredResponse): Promise<Keeping> {
    if (!ID.test(id)) return 'taken';
    const plain = Buffer.from(JSON.stringify({ input, response }));
    if (plain.length > MAX_KEPT_BYTES) return 'too_large';
    const inserted = this.insert([tenantId, id, previousId, this.options.sealer.seal(plain, placeOf(tenantId, id))]);
    const patience = new AbortController();
    const outcome = await Promise.race([inserted, pause(PATIENCE_MS, 'slow' as const, { signal: patience.signal }).catch(() => 'slow' as const)]);
    patience.abort();
    // Its caller was told that it is not kept.
    if (outcome === 'slow') void inserted.then((late) => late === 'kept' && this.query(DELETE, tenantId, id)).catch((error: unknown) => this.options.onFault(error));
    return outcome;
  }

  private async insert(values: unknown[]): Promise<Keeping> {
    try {
      const rows = await this.options.dataSource.query<unknown[]>(INSERT, values);
      return rows.length === 1 ? 'kept' : 'taken';
    } catch (error) {
      this.options.onFault(error);
      return 'away';
    }
  }

  /** Null where the tenant has none of that id. @throws DomainError NOT_READY while Postgres is away */
  async find(tenantId: string, id: string): Promise<StoredResponse | null> {
    if (!ID.test(id)) return null;
    const [row] = await this.orNotReady(this.query<Row[]>(FIND, tenantId, id));
    return row ? this.open(tenantId, row) : null;
  }

  /**
   * The response and those before it, oldest first; as far back as they are still kept.
   * @throws DomainError INVALID_REQUEST where they are more than one conversation may have, NOT_READY while Postgres is away
   */
  async chain(tenantId: string, id: string): Promise<StoredResponse[]> {
    if (!ID.test(id)) return [];
    const rows = await this.orNotReady(this.query<Row[]>(CHAIN, tenantId, id));
    const bytes = rows.reduce((sum, { sealed }) => sum + sealed.length, 0);
    if (bytes > MOST_CHAIN_BYTES || (rows.length === MOST_IN_CHAIN && rows.at(-1)?.previous_id)) {
      throw new DomainError('INVALID_REQUEST', { message: `The conversation has more than ${MOST_IN_CHAIN} responses or ${MOST_CHAIN_BYTES / 1024 / 1024} MiB. Begin a new one.`, param: 'previous_response_id' });
    }
    const found: StoredResponse[] = [];
    for (const row of rows) {
      const stored = this.open(tenantId, row);
      if (!stored) break;
      found.unshift(stored);
    }
    return found;
  }

  /** False where the tenant has none of that id. @throws DomainError NOT_READY while Postgres is away */
  async delete(tenantId: string, id: string): Promise<boolean> {
    if (!ID.test(id)) return false;
    const [rows] = await this.orNotReady(this.query<[unknown[], number]>(DELETE, tenantId, id));
    return rows.length === 1;
  }

  private query<T>(sql: string, tenantId: string, id: string): Promise<T> {
    return this.options.dataSource.query<T>(sql, [tenantId, id, this.options.retentionDays]);
  }

  private async orNotReady<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      throw new DomainError('NOT_READY', { message: 'Stored responses cannot be looked up now.', retryAfterMs: 2000, cause: error });
    }
  }

  /** Null for what was sealed with a key that is gone, or for another row. */
  private open(tenantId: string, { response_id: id, previous_id: previousId, sealed }: Row): StoredResponse | null {
    try {
      const { input, response } = JSON.parse(this.options.sealer.open(sealed, placeOf(tenantId, id)).toString('utf8')) as Pick<StoredResponse, 'input' | 'response'>;
      return { id, previousId, input, response };
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      this.options.onFault(error);
      return null;
    }
  }
}

export function placeOf(tenantId: string, id: string): string {
  return `stored_responses:${tenantId}:${id}`;
}
