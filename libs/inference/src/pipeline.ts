import type { HoldDraft, Holds, Settler } from '@higress/billing';
import type { Catalog } from '@higress/catalog';
import { type Channel, type CompletionRequest, type Deployment, DomainError, errorRow, type Model, type Principal, totalTokens, type Usage } from '@higress/kernel';
import { priceUsage } from '@higress/pricing';
import { countsAgainstBreaker } from '@higress/providers';
import type { Permit, RateLimiter } from '@higress/rate-limit';
import { orderDeployments } from '@higress/routing';
import type { AnswerAgain } from './answer-again.stage';
import { answerHeaders, droppedHeader, providerHeaders } from './answer-headers';
import type { Authenticate } from './authenticate.stage';
import type { Client, InferenceCall } from './call';
import { CallLife } from './call-life';
import type { CallReporter } from './call-reporter';
import { CallTrace } from './call-trace';
import { draftHold } from './draft-hold';
import type { Exchange } from './exchange';
import type { Answered, FirstToAnswer, Tried } from './first-to-answer.stage';
import { gatewayBlock, withGatewayBlock } from './gateway-block';
import { tokensToReserve } from './output-bound';
import { continued } from './endpoint-parsers';
import { parse } from './parse.stage';
import { CallLimits, type ChannelDefaults } from './resolve-limits';
import { resolve } from './resolve.stage';
import type { ResponseMemory, Thread } from './response-memory';
import type { Slots } from './slots';
import { StreamRelay } from './stream-relay';
import { streamUsage } from './stream-usage';
import { toDomainError } from './to-domain-error';
import { readWishes } from './wishes';

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

/** A call that is known, understood and admitted. */
interface Work {
  readonly call: InferenceCall;
  readonly client: Client;
  readonly trace: CallTrace;
  readonly life: CallLife;
  readonly principal: Principal;
  readonly request: CompletionRequest;
  readonly exchange: Exchange;
  readonly thread: Thread | null;
  readonly model: Model;
  readonly permit: Permit;
  readonly hold: HoldDraft;
}

/** What an answer came to, when nothing more will come of it. */
interface Completion {
  readonly deployment: Deployment;
  readonly usage: Usage;
  /** Why it broke off after its first content; null where it is whole. */
  readonly fault: DomainError | null;
  /** What is left to send: the whole answer, or the end of its stream; null where it is cut off. Made once, after the charge is in the spool. */
  last(): Buffer | null;
  deliver(last: Buffer | null): void;
}

/**
 * The way of a completion, in the order of events:
 * authenticate → parse → resolve → (recall) → admit → (answer again) → slot → hold → order → first to answer → relay → settle → (remember).
 */
export class Pipeline {
  private readonly lives = new Set<CallLife>();
  private readonly limits: CallLimits;
  private drained: (() => void) | undefined;

  constructor(private readonly parts: PipelineParts) {
    this.limits = new CallLimits(parts.limits);
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
    const timer = setTimeout(() => this.lives.forEach((life) => life.abort(new DomainError('NOT_READY', { message: 'The gateway is shutting down.', retryAfterMs: 1000 }))), graceMs);
    await new Promise<void>((resolve) => (this.drained = resolve));
    clearTimeout(timer);
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
    const { limiter, slots } = this.parts;
    const { permit } = work;
    try {
      await work.trace.waitFor(slots.enter(work.life));
      try {
        await this.hold(work);
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

  private async hold({ hold }: Work): Promise<void> {
    if ((hold.billing === 'prepaid' && hold.amountNanoUsd > 0n) || hold.budget) await this.parts.holds.place(hold);
    else this.parts.holds.intend(hold);
  }

  private async complete(work: Work): Promise<number> {
    const { call, client, life, trace, request, exchange, hold } = work;
    life.startDeadline(Math.max(...work.model.deployments.map(({ provider }) => provider.timeouts.totalMs)));
    const relay = request.stream ? new StreamRelay(client, life, trace, answerHeaders(call, work.permit, exchange.streamType), exchange) : null;
    let completion: Completion;
    try {
      completion = relay ? await this.stream(work, relay) : await this.whole(work);
    } catch (thrown) {
      const error = toDomainError(life.faultOf(thrown));
      this.parts.settler.release(hold, { status: life.clientGone ? CLIENT_CLOSED_REQUEST : error.http, errorCode: life.clientGone ? null : error.code, attempts: trace.attempts.length, durationMs: trace.elapsedMs(), overheadMs: trace.overheadMs() });
      if (relay?.committed) relay.finish(relay.lastOfBroken(error));
      throw error;
    }
    this.settle(work, completion);
    const status = this.statusOf(work, completion);
    const last = completion.last();
    completion.deliver(last && work.thread?.isKept && !life.clientGone ? await trace.waitFor(this.parts.memory.remember(work.thread, last, request.stream)) : last);
    this.parts.limiter.settle(work.permit, totalTokens(completion.usage));
    this.parts.reporter.report(trace.report(status, completion.fault?.code ?? null, completion.fault ?? undefined));
    return status;
  }

  private async whole(work: Work): Promise<Completion> {
    const { call, client, trace, principal, exchange, permit } = work;
    const tried = this.tried(work, () => true);
    const { deployment, answer, ticket, value } = await this.parts.firstToAnswer.run(tried, async (candidate, from, askFurther) => {
      const bytes = await trace.waitFor(candidate.readAll());
      return exchange.readWhole(bytes, from, candidate.headers, await askFurther());
    });
    ticket.succeed();
    trace.firstByte();
    return {
      deployment,
      usage: value.usage,
      fault: null,
      last: () => value.body,
      deliver: (last) => {
        const body = last ?? value.body;
        const hasBlock = principal.channel === 'internal' && value.contentType === undefined;
        client.answer(200, [...answerHeaders(call, permit, value.contentType ?? 'application/json'), ...droppedHeader(exchange.dropped), ...providerHeaders(principal, answer.headers)], hasBlock ? withGatewayBlock(body, gatewayBlock(trace, tried.deployments)) : body);
      },
    };
  }

  private async stream(work: Work, relay: StreamRelay): Promise<Completion> {
    const { trace, life, principal, request } = work;
    const tried = this.tried(work, () => !relay.committed);
    relay.start();
    try {
      const answered = await this.parts.firstToAnswer.run(tried, (candidate, from) => relay.read(candidate, from));
      const fault = await this.follow(work, relay, answered);
      return {
        deployment: answered.deployment,
        usage: streamUsage(request, relay, fault === null),
        fault: life.clientGone ? null : fault,
        last: () => (fault ? relay.lastOfBroken(fault) : relay.lastOfWhole(principal.channel === 'internal' ? gatewayBlock(trace, tried.deployments) : null)),
        deliver: (last) => relay.finish(last),
      };
    } finally {
      relay.stop();
    }
  }

  /** Relays a stream that has begun to its end; returns why it broke off, or null. */
  private async follow(work: Work, relay: StreamRelay, { deployment, answer, ticket }: Answered<void>): Promise<DomainError | null> {
    try {
      await relay.relay(answer, deployment.provider.timeouts.idleMs, () => this.progress(work, deployment, streamUsage(work.request, relay, false)));
      ticket.succeed();
      return null;
    } catch (thrown) {
      const fault = toDomainError(work.life.faultOf(thrown));
      answer.cancel(fault);
      if (work.life.clientGone) ticket.succeed();
      else if (countsAgainstBreaker(fault)) ticket.fail();
      else ticket.ignore();
      return fault;
    }
  }

  private tried(work: Work, mayFailOver: () => boolean): Tried {
    const { call, life, trace, request, exchange, principal } = work;
    return { call, life, trace, deployments: orderDeployments(work.model), stream: request.stream, encode: (deployment) => exchange.encode(deployment, principal), maxBytes: request.stream || exchange.isMedia ? this.parts.maxStreamBytes : this.parts.maxResponseBytes, mayFailOver };
  }

  private progress({ hold, trace }: Work, deployment: Deployment, usage: Usage): void {
    this.parts.holds.progress(hold.call.requestId, { usage, costNanoUsd: costOf(deployment, usage), attempts: trace.attempts.length });
  }

  private settle(work: Work, completion: Completion): void {
    const { hold, trace } = work;
    const { deployment, usage, fault } = completion;
    trace.usage = usage;
    trace.costNanoUsd = costOf(deployment, usage);
    this.parts.settler.settle({
      hold, usage, status: this.statusOf(work, completion), errorCode: fault?.code ?? null, attempts: trace.attempts.length, provider: deployment.provider.name, upstreamModel: deployment.upstreamModel,
      costNanoUsd: trace.costNanoUsd, ttftMs: trace.ttftMs, durationMs: trace.elapsedMs(), overheadMs: trace.overheadMs(),
    });
  }

  private statusOf({ life }: Work, { fault }: Completion): number {
    return life.clientGone ? CLIENT_CLOSED_REQUEST : fault ? errorRow(fault.code).http : 200;
  }
}

function costOf({ price }: Deployment, usage: Usage): bigint {
  return price ? priceUsage(price, usage) : 0n;
}
