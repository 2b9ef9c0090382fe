import type { Holds } from '@higress/billing';
import { type Deployment, DomainError, type Usage } from '@higress/kernel';
import { countsAgainstBreaker } from '@higress/providers';
import { orderDeployments } from '@higress/routing';
import { answerHeaders, droppedHeader, providerHeaders } from './answer-headers';
import { costOf } from './cost-of';
import type { Answered, FirstToAnswer, Tried } from './first-to-answer.stage';
import { gatewayBlock, withGatewayBlock } from './gateway-block';
import type { StreamRelay } from './stream-relay';
import { streamUsage } from './stream-usage';
import { toDomainError } from './to-domain-error';
import type { Completion, Work } from './work';

export interface AnswersOptions {
  readonly firstToAnswer: FirstToAnswer;
  readonly holds: Holds;
  /** Most bytes of a whole answer that is text. */
  readonly maxResponseBytes: number;
  /** Most bytes of a stream, and of an answer that is pictures or sound. */
  readonly maxStreamBytes: number;
}

const NOTHING_FURTHER: readonly Buffer[] = [];

/** Has an admitted call answered, whole or as a stream, by the first of its deployments that does. */
export class Answers {
  constructor(private readonly options: AnswersOptions) {}

  /** @throws DomainError where none did */
  async whole(work: Work): Promise<Completion> {
    const { call, client, trace, principal, exchange, permit } = work;
    const tried = this.tried(work, () => true);
    const { deployment, answer, ticket, value } = await this.options.firstToAnswer.run(tried, async (candidate, from, askFurther) => {
      const bytes = await trace.waitFor(candidate.readAll());
      const rest = askFurther();
      return exchange.readWhole(bytes, from, candidate, rest ? await rest : NOTHING_FURTHER);
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
        client.answer(200, [...answerHeaders(call, permit, value.contentType ?? 'application/json'), ...droppedHeader(exchange.dropped), ...providerHeaders(principal, answer)], hasBlock ? withGatewayBlock(body, gatewayBlock(trace, tried.deployments)) : body);
      },
    };
  }

  /** @throws DomainError where it broke before its first content */
  async stream(work: Work, relay: StreamRelay): Promise<Completion> {
    const { trace, life, principal, request } = work;
    const tried = this.tried(work, () => !relay.committed);
    relay.start();
    try {
      const answered = await this.options.firstToAnswer.run(tried, (candidate, from) => relay.read(candidate, from));
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
    return { call, life, trace, deployments: orderDeployments(work.model), stream: request.stream, encode: (deployment) => exchange.encode(deployment, principal), maxBytes: request.stream || exchange.isMedia ? this.options.maxStreamBytes : this.options.maxResponseBytes, mayFailOver };
  }

  private progress({ hold, trace }: Work, deployment: Deployment, usage: Usage): void {
    this.options.holds.progress(hold, { usage, costNanoUsd: costOf(deployment, usage), attempts: trace.attempts.length });
  }
}
