import type { HoldDraft, Settler } from '@higress/billing';
import { type Model, NO_USAGE } from '@higress/kernel';
import type { Permit, RateLimiter } from '@higress/rate-limit';
import { answerKey, fingerprintOf, type IdempotentAnswers, type KeptAnswer, type Lead, type ResponseCache } from '@higress/replay';
import { answerHeaders } from './answer-headers';
import type { Client, FlatHeaders, InferenceCall } from './call';
import type { CallLife } from './call-life';
import type { CallReporter } from './call-reporter';
import type { CallTrace } from './call-trace';
import { CONTENT_TYPE } from './content-type';
import type { Exchange } from './exchange';
import { HeldClient } from './held-client';
import { DROP_HEADER } from './loss-of';
import { toDomainError } from './to-domain-error';
import type { Wishes } from './wishes';

/** Who a usage row names in the provider's place when the answer came from the cache. */
const CACHE = 'cache';
const OK = 200;
/** How long one who asks for the same as somebody else waits for that answer, at most. */
const LONGEST_WAIT_MS = 60_000;

const TELLING_HEADERS = [DROP_HEADER, 'anthropic-version', 'anthropic-beta', 'openai-beta'];

/** An admitted call, and what it is to be answered through. */
export interface Asked {
  readonly call: InferenceCall;
  readonly client: Client;
  readonly trace: CallTrace;
  readonly life: CallLife;
  readonly exchange: Exchange;
  readonly model: Model;
  readonly permit: Permit;
  readonly hold: HoldDraft;
}

export interface AnswerAgainParts {
  readonly idempotent: IdempotentAnswers;
  readonly cache: ResponseCache;
  readonly limiter: RateLimiter;
  readonly settler: Settler;
  readonly reporter: CallReporter;
}

/** Runs the call and resolves to the status it is recorded with; one that throws has charged nothing. */
type Perform = (client: Client) => Promise<number>;

/**
 * Gives an answer that was given before: to the same request under its idempotency key, or to the same question out of the cache. Or has it made,
 * and keeps it before the caller has the last of it. What is given again counts as a request against the limits, and as no token.
 */
export class AnswerAgain {
  constructor(private readonly parts: AnswerAgainParts) {}

  /** @throws DomainError IDEMPOTENCY_CONFLICT, NOT_READY, or what `perform` throws */
  async run(asked: Asked, wishes: Wishes, perform: Perform): Promise<void> {
    const { idempotencyKey, cacheSeconds } = wishes;
    const cached: Perform = cacheSeconds === null ? perform : (client) => this.cached({ ...asked, client }, cacheSeconds, perform);
    if (idempotencyKey === null) await cached(asked.client);
    else await this.once(asked, idempotencyKey, cached);
  }

  private async once(asked: Asked, key: string, perform: Perform): Promise<void> {
    const { call, client, exchange, hold, model } = asked;
    const lifeMs = LONGEST_WAIT_MS + longestLifeMs(model);
    const claimed = await this.orEnd(asked, this.parts.idempotent.claim({ tenantId: hold.call.tenantId, key, fingerprint: fingerprintOf(call.method, call.target, exchange.identity ?? call.body), requestId: call.requestId, lifeMs }));
    if ('body' in claimed) {
      this.end(asked, 'idempotency');
      return this.give(asked, claimed, ['idempotent-replayed', 'true']);
    }
    const held = new HeldClient(client);
    try {
      const status = await perform(held);
      await (status === OK ? claimed.keep(held.answerOf(call.requestId)) : claimed.breakOff());
    } catch (thrown) {
      await (held.begun ? claimed.breakOff() : claimed.letGo());
      throw thrown;
    } finally {
      held.release();
    }
  }

  private async cached(asked: Asked, ttlSeconds: number, perform: Perform): Promise<number> {
    const found = await this.lookUp(asked);
    if (found && 'body' in found) {
      await this.settleHit(asked);
      this.end(asked, CACHE);
      this.give(asked, found, ['x-cache', 'HIT']);
      return OK;
    }
    const held = new HeldClient(asked.client, ['x-cache', 'MISS']);
    let answer: KeptAnswer | null = null;
    try {
      const status = await perform(held);
      if (found && status === OK) answer = held.answerOf(asked.call.requestId);
      if (answer) await found?.keep(answer, ttlSeconds);
      return status;
    } finally {
      if (!answer) found?.giveUp();
      held.release();
    }
  }

  /** Null where the question may not be answered out of the cache. */
  private async lookUp(asked: Asked): Promise<KeptAnswer | Lead | null> {
    const { call, hold, exchange, life, model, trace } = asked;
    if (!exchange.isDeterministic) return null;
    const key = answerKey(hold.call.tenantId, targetOf(call, model), call.body);
    const waitMs = Math.min(LONGEST_WAIT_MS, longestLifeMs(model));
    return this.orEnd(asked, trace.waitFor(this.parts.cache.find(key, { ending: life, waitMs })));
  }

  private give({ call, client, permit }: Asked, { status, stream, headers, body }: KeptAnswer, marks: FlatHeaders): void {
    const [, contentType = CONTENT_TYPE.json, ...others] = headers;
    const all = [...answerHeaders(call, permit, contentType), ...others, ...marks];
    if (!stream) return client.answer(status, all, body);
    client.begin(all);
    client.end(body);
  }

  /** A hit costs nothing, and is in the usage all the same. */
  private settleHit({ hold, trace }: Asked): Promise<void> {
    const free = { ...hold, amountNanoUsd: 0n, price: null };
    return this.parts.settler.settle({ hold: free, usage: NO_USAGE, status: OK, errorCode: null, attempts: 0, provider: CACHE, upstreamModel: hold.call.model, costNanoUsd: 0n, ttftMs: trace.elapsedMs(), durationMs: trace.elapsedMs(), overheadMs: trace.overheadMs() });
  }

  private end({ permit, trace }: Asked, replayed: 'idempotency' | 'cache'): void {
    this.parts.limiter.settle(permit, 0);
    trace.firstByte();
    trace.replayed = replayed;
    this.parts.reporter.report(trace.report(OK, null));
  }

  /** Nothing of ours went further: a 503 gives the admission back, everything else counts as a request. */
  private async orEnd<T>({ permit }: Asked, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (thrown) {
      if (toDomainError(thrown).http === 503) this.parts.limiter.giveBack(permit);
      else this.parts.limiter.settle(permit, 0);
      throw thrown;
    }
  }
}

/** What the answer depends on beside the body: the model itself, which may be made anew under its name, the path, and the headers that reach a provider. */
function targetOf({ target, headers }: InferenceCall, { id }: Model): string {
  return JSON.stringify([id, target, ...TELLING_HEADERS.map((name) => headers[name] ?? null)]);
}

function longestLifeMs({ deployments }: Model): number {
  return Math.max(...deployments.map(({ provider }) => provider.timeouts.totalMs));
}
