import { type Holds, mustWait, type Settler } from '@higress/billing';
import type { Catalog } from '@higress/catalog';
import { type Channel, DomainError, errorRow, Roster, totalTokens } from '@higress/kernel';
import type { RateLimiter } from '@higress/rate-limit';
import type { AnswerAgain } from './answer-again.stage';
import { answerHeaders } from './answer-headers';
import { Answers } from './answers';
import type { Authenticate } from './authenticate.stage';
import type { Client, InferenceCall } from './call';
import { CallLife } from './call-life';
import type { CallReporter } from './call-reporter';
import { CallTrace } from './call-trace';
import { costOf } from './cost-of';
import { draftHold } from './draft-hold';
import { continued } from './endpoint-parsers';
import type { FirstToAnswer } from './first-to-answer.stage';
import { tokensToReserve } from './output-bound';
import { parse } from './parse.stage';
import { CallLimits, type ChannelDefaults } from './resolve-limits';
import { resolve } from './resolve.stage';
import type { ResponseMemory } from './response-memory';
import type { Slots } from './slots';
import { StreamRelay } from './stream-relay';
import { toDomainError } from './to-domain-error';
import { readWishes } from './wishes';
import type { Completion, Work } from './work';

/** What nginx calls a request whose client left. */
const CLIENT_CLOSED_REQUEST = 499;

export interface PipelineParts {
  readonly authenticate: Authenticate;
  readonly catalog: Catalog;
  readonly limiter: RateLimiter;
  readonly limits: Record<Channel, ChannelDefaults>;
  readonly slots: Slots;
  readonly holds: Holds;
  readonly settler: Settler;
  readonly firstToAnswer: FirstToAnswer;
  readonly reporter: CallReporter;
  readonly answerAgain: AnswerAgain;
  readonly memory: ResponseMemory;
  /** How long an answer is cached where its caller does not say. */
  readonly cacheSeconds: number;
  readonly maxResponseBytes: number;
  readonly maxStreamBytes: number;
}

/**
 * The way of a completion, in the order of events:
 * authenticate → parse → resolve → (recall) → admit → (answer again) → slot → hold → order → first to answer → relay → settle → (remember).
 */
export class Pipeline {
  private readonly lives = new Roster<CallLife>();
  private readonly limits: CallLimits;
  private readonly answers: Answers;
  private drained: (() => void) | undefined;

  constructor(private readonly parts: PipelineParts) {
    this.limits = new CallLimits(parts.limits);
    this.answers = new Answers(parts);
  }

  get inflight(): number {
    return this.lives.size;
  }

  /** Waits for the calls that run; those that still run after `graceMs` are ended with an error event and charged for what they gave. */
  async drain(graceMs: number): Promise<void> {
    if (this.lives.size > 0) await this.quiet(graceMs);
    this.parts.reporter.flush();
  }

  private async quiet(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.endAll(), graceMs);
    await new Promise<void>((resolve) => (this.drained = resolve));
    clearTimeout(timer);
  }

  private endAll(): void {
    for (const life of this.lives) life.abort(new DomainError('NOT_READY', { message: 'The gateway is shutting down.', retryAfterMs: 1000 }));
  }

  /**
   * Answers the call through `client`.
   * @throws DomainError where nothing was sent to the client yet: its caller formats it
   */
  async run(call: InferenceCall, client: Client): Promise<void> {
    const { authenticate, catalog, limiter } = this.parts;
    const trace = new CallTrace(call);
    const life = new CallLife(client);
    this.lives.add(life);
    try {
      life.throwIfAborted();
      const principal = await authenticate.run(call);
      trace.principal = principal;
      const parsed = parse(call);
      trace.stream = parsed.request.stream;
      const model = resolve(catalog.snapshot, principal, call.endpoint, parsed.request);
      trace.model = model;
      const thread = parsed.response ? await this.parts.memory.recall(principal.tenantId, parsed.response) : null;
      const { request, exchange } = thread ? continued(call, thread) : parsed;
      const wishes = readWishes(call, principal, this.parts.cacheSeconds);
      const permit = await limiter.admit(this.limits.demandOf(call, principal, tokensToReserve(request)));
      const hold = draftHold(call, principal, request, model);
      const work = { call, client, trace, life, principal, request, exchange, thread, model, permit, hold };
      if (wishes === null) await this.admitted(work);
      else await this.parts.answerAgain.run(work, wishes, (through) => this.admitted({ ...work, client: through }));
    } catch (thrown) {
      const error = toDomainError(thrown);
      this.parts.reporter.report(life.clientGone ? trace.report(CLIENT_CLOSED_REQUEST, null) : trace.report(error.http, error.code, error));
      throw error;
    } finally {
      life.end();
      this.lives.delete(life);
      if (this.lives.size === 0) this.drained?.();
    }
  }

  /** A 402, 403 or 503 of ours gives the admission back. Resolves to the status that the call is recorded with. */
  private async admitted(work: Work): Promise<number> {
    const { limiter, slots, holds } = this.parts;
    const { permit, hold } = work;
    try {
      const line = slots.enter(work.life);
      if (line) await work.trace.waitFor(line);
      try {
        if (mustWait(hold)) await holds.place(hold);
        else holds.intend(hold);
        return await this.complete(work);
      } finally {
        slots.leave();
      }
    } catch (thrown) {
      const error = toDomainError(thrown);
      if (error.source !== 'upstream' && [402, 403, 503].includes(error.http)) limiter.giveBack(permit);
      else limiter.settle(permit, 0);
      throw error;
    }
  }

  private async complete(work: Work): Promise<number> {
    const { call, client, life, trace, request, exchange, hold } = work;
    life.startDeadline(Math.max(...work.model.deployments.map(({ provider }) => provider.timeouts.totalMs)));
    const relay = request.stream ? new StreamRelay(client, life, trace, answerHeaders(call, work.permit, exchange.streamType), exchange) : null;
    let completion: Completion;
    try {
      completion = await (relay ? this.answers.stream(work, relay) : this.answers.whole(work));
    } catch (thrown) {
      const error = toDomainError(life.faultOf(thrown));
      await this.parts.settler.release(hold, { status: life.clientGone ? CLIENT_CLOSED_REQUEST : error.http, errorCode: life.clientGone ? null : error.code, attempts: trace.attempts.length, durationMs: trace.elapsedMs(), overheadMs: trace.overheadMs() });
      if (relay?.committed) relay.finish(relay.lastOfBroken(error));
      throw error;
    }
    const status = life.clientGone ? CLIENT_CLOSED_REQUEST : completion.fault ? errorRow(completion.fault.code).http : 200;
    await this.settle(work, completion, status);
    const last = completion.last();
    completion.deliver(last && work.thread?.isKept && !life.clientGone ? await trace.waitFor(this.parts.memory.remember(work.thread, last, request.stream)) : last);
    this.parts.limiter.settle(work.permit, totalTokens(completion.usage));
    this.parts.reporter.report(trace.report(status, completion.fault?.code ?? null, completion.fault ?? undefined));
    return status;
  }

  private settle({ hold, trace }: Work, { deployment, usage, fault }: Completion, status: number): Promise<void> {
    trace.usage = usage;
    trace.costNanoUsd = costOf(deployment, usage);
    return this.parts.settler.settle({
      hold, usage, status, errorCode: fault?.code ?? null, attempts: trace.attempts.length, provider: deployment.provider.name, upstreamModel: deployment.upstreamModel,
      costNanoUsd: trace.costNanoUsd, ttftMs: trace.ttftMs, durationMs: trace.elapsedMs(), overheadMs: trace.overheadMs(),
    });
  }
}
