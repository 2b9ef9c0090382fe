import { isDatabaseAway, type Sealer, UnsealError } from '@higress/database';
import { DomainError } from '@higress/kernel';
import type { DataSource } from 'typeorm';
import { decodeAnswer, encodeAnswer, type KeptAnswer } from '../kept-answer';

/** Added to the longest life of a request before the process that ran it is taken for dead. */
const SLACK_MS = 60_000;
const TRIES = 3;
const AGAIN_AFTER_MS = 1_000;

export interface IdempotentAnswersOptions {
  readonly dataSource: DataSource;
  readonly sealer: Sealer;
  /** Hears why an answer could not be kept: its request then stays refused, and is never run twice. */
  readonly onFault: (error: unknown) => void;
}

export interface ClaimAsked {
  readonly tenantId: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  readonly requestId: string;
  /** The longest that the request may run, in milliseconds. */
  readonly lifeMs: number;
}

/** The right to run the request of a key. Exactly one of its methods is called, once; none of them ever rejects. */
export interface Claim {
  /** It was answered: this is what the key gives from now on. Null for an answer that is too large to be kept: the key stays refused. */
  keep(answer: KeptAnswer | null): Promise<void>;
  /** It broke after its answer had begun, or nobody knows what it did: the key stays refused. */
  breakOff(): Promise<void>;
  /** Nothing was done and nothing charged: the key is free again. */
  letGo(): Promise<void>;
}

interface Row {
  readonly fingerprint: Buffer;
  readonly request_id: string;
  readonly state: 'running' | 'finished' | 'broken';
  readonly lapsed: boolean;
  readonly sealed: Buffer | null;
}

const CLAIM = `
  insert into idempotent_answers as a (tenant_id, idempotency_key, fingerprint, request_id, state, lapses_at, expires_at)
  values ($1, $2, $3, $4, 'running', now() + make_interval(secs => $5), now() + interval '24 hours')
  on conflict (tenant_id, idempotency_key) do update
    set fingerprint = excluded.fingerprint, request_id = excluded.request_id, state = 'running', lapses_at = excluded.lapses_at, expires_at = excluded.expires_at, sealed = null
    where a.expires_at <= now()
  returning a.request_id`;
const FIND = `select fingerprint, request_id, state, lapses_at <= now() as lapsed, sealed from idempotent_answers where tenant_id = $1 and idempotency_key = $2`;
const MINE = `where tenant_id = $1 and idempotency_key = $2 and request_id = $3 and state = 'running'`;

/**
 * What was answered to requests with an idempotency key, for 24 hours: the same request of the same tenant gets it again.
 * The first row wins, by the primary key; a process that dies leaves it `running`, which refuses the key as surely as a broken one does,
 * so nothing that was charged is ever run twice. Answers are sealed: one may hold an API key that is shown once.
 */
export class IdempotentAnswers {
  constructor(private readonly options: IdempotentAnswersOptions) {}

  /**
   * Claims the key, or finds the answer that it was given.
   * @throws DomainError IDEMPOTENCY_CONFLICT while the first request runs, after one that broke, and with another request;
   * NOT_READY while Postgres is away: a promise that cannot be kept is not made
   */
  async claim(asked: ClaimAsked): Promise<Claim | KeptAnswer> {
    try {
      for (let triesLeft = TRIES; triesLeft > 0; triesLeft--) {
        if (await this.insert(asked)) return this.claimOf(asked);
        const row = await this.find(asked);
        if (row) return this.answerOf(asked, row);
        // The one before it let go in between.
      }
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      throw new DomainError('NOT_READY', { message: 'The idempotency key cannot be looked up now.', retryAfterMs: 2000, cause: error });
    }
    throw conflict('The idempotency key is in use by another request.', true);
  }

  private async insert({ tenantId, key, fingerprint, requestId, lifeMs }: ClaimAsked): Promise<boolean> {
    const rows = await this.options.dataSource.query<unknown[]>(CLAIM, [tenantId, key, fingerprint, requestId, (lifeMs + SLACK_MS) / 1000]);
    return rows.length === 1;
  }

  private async find({ tenantId, key }: ClaimAsked): Promise<Row | undefined> {
    const [row] = await this.options.dataSource.query<Row[]>(FIND, [tenantId, key]);
    return row;
  }

  private answerOf(asked: ClaimAsked, { fingerprint, state, lapsed, sealed }: Row): KeptAnswer {
    if (!fingerprint.equals(asked.fingerprint)) throw conflict('The idempotency key was used with another request.', false);
    if (state === 'running' && !lapsed) throw conflict('The first request with this idempotency key is still running.', true);
    if (state !== 'finished') throw conflict('The first request with this idempotency key broke off. Look what it came to, then use another key.', false);
    const answer = sealed && this.open(sealed, asked);
    if (!answer) throw conflict('The first request with this idempotency key was answered, but its answer could not be kept.', false);
    return answer;
  }

  private open(sealed: Buffer, asked: ClaimAsked): KeptAnswer | null {
    try {
      return decodeAnswer(this.options.sealer.open(sealed, placeOf(asked)));
    } catch (error) {
      if (error instanceof UnsealError) return null;
      throw error;
    }
  }

  private claimOf(asked: ClaimAsked): Claim {
    const mine = [asked.tenantId, asked.key, asked.requestId];
    const run = async (sql: string, more: unknown[] = []) => {
      await this.options.dataSource.query(sql, [...mine, ...more]).catch((error: unknown) => this.options.onFault(error));
    };
    return {
      keep: (answer) => run(`update idempotent_answers set state = 'finished', sealed = $4 ${MINE}`, [answer && this.options.sealer.seal(encodeAnswer(answer), placeOf(asked))]),
      breakOff: () => run(`update idempotent_answers set state = 'broken' ${MINE}`),
      letGo: () => run(`delete from idempotent_answers ${MINE}`),
    };
  }
}

/** Part of the seal, so that a row that is moved to another tenant or key opens for nobody. */
export function placeOf({ tenantId, key }: Pick<ClaimAsked, 'tenantId' | 'key'>): string {
  return `idempotent_answers:${tenantId}:${key}`;
}

function conflict(message: string, mayPass: boolean): DomainError {
  return new DomainError('IDEMPOTENCY_CONFLICT', { message, ...(mayPass && { retryAfterMs: AGAIN_AFTER_MS }) });
}
