import { type Credential, type Deployment, DomainError } from '@higress/kernel';
import { adapterFor, countsAgainstBreaker, type EncodedRequest, isWorthAnotherDeployment, withoutHeaderValues } from '@higress/providers';
import { type Breakers, type CredentialRests, readErrorBody, type RetryBudget, type Ticket, type Upstream, type UpstreamAnswer } from '@higress/upstream';
import type { InferenceCall } from './call';
import type { CallLife } from './call-life';
import type { Outcome } from './call-report';
import type { CallTrace } from './call-trace';
import { inLanes } from './in-lanes';
import { toDomainError } from './to-domain-error';

const MAX_ATTEMPTS = 3;
/** Full jitter around this, doubled by each attempt, before the same provider is called again. */
const BACKOFF_MS = 50;
/** How many parts of one request a provider is asked at the same time. */
const LANES = 4;
/** How long a credential rests where the provider did not say. */
const UNSAID_REST_MS = 5_000;

/**
 * Reads as much of an answer as it takes to know that it is one.
 * @param askFurther asks the same deployment for what must be asked beside it, and resolves to those answers; null where nothing must
 */
type Accept<T> = (answer: UpstreamAnswer, deployment: Deployment, askFurther: () => Promise<readonly Buffer[]> | null) => Promise<T>;

/** A deployment that answered, and what the caller of {@link FirstToAnswer} made of its answer. */
export interface Answered<T> {
  readonly deployment: Deployment;
  readonly answer: UpstreamAnswer;
  /** To be ended by whoever reads the rest of the answer. */
  readonly ticket: Ticket;
  readonly value: T;
}

export interface Tried {
  readonly call: InferenceCall;
  readonly life: CallLife;
  readonly trace: CallTrace;
  /** Deployments in the order in which to try them. */
  readonly deployments: readonly Deployment[];
  readonly stream: boolean;
  /** @throws DomainError UNSUPPORTED_PARAMETER */
  encode(deployment: Deployment): EncodedRequest;
  /** Most bytes that an answer may have, or all of them where several make one. */
  readonly maxBytes: number;
  /** False once the client has seen a byte: from then on nothing is tried elsewhere. */
  mayFailOver(): boolean;
}

/** Tries deployments until one gives an answer that the caller accepts; whatever it refuses with a retryable error goes to the next. */
export class FirstToAnswer {
  constructor(
    private readonly upstream: Upstream,
    private readonly breakers: Breakers,
    private readonly rests: CredentialRests,
    private readonly budget: RetryBudget,
    private readonly random: () => number = Math.random,
  ) {}

  /**
   * @throws DomainError of the last attempt, or CIRCUIT_OPEN, UPSTREAM_RATE_LIMITED or NO_AVAILABLE_UPSTREAM where none could be made
   */
  async run<T>(tried: Tried, accept: Accept<T>): Promise<Answered<T>> {
    const { trace, life } = tried;
    this.budget.called();
    const queue = [...tried.deployments];
    let refusal: DomainError | undefined;
    let previous: Deployment | undefined;
    for (let deployment = queue.shift(); deployment && trace.attempts.length < MAX_ATTEMPTS; deployment = queue.shift()) {
      const chosen = this.choose(deployment);
      if (chosen instanceof DomainError) {
        refusal ??= chosen;
        continue;
      }
      if (previous && !this.budget.spend()) {
        chosen.ticket.ignore();
        break;
      }
      if (previous?.provider.id === deployment.provider.id) await this.backOff(trace, life);
      if (life.aborted) {
        chosen.ticket.ignore();
        throw life.reason;
      }
      previous = deployment;
      const attempt = await this.attempt(tried, deployment, chosen, accept);
      if (!(attempt instanceof DomainError)) return attempt;
      // That this one could not be asked says nothing of the others, and hides no fault of theirs.
      const isUnable = attempt.code === 'UNSUPPORTED_PARAMETER' && attempt.source !== 'upstream';
      refusal = isUnable && refusal ? refusal : attempt;
      if (life.aborted || !(isUnable || isWorthAnotherDeployment(attempt)) || !tried.mayFailOver()) break;
      if (attempt.code === 'UPSTREAM_RATE_LIMITED' && this.rests.pick(deployment.provider.credentials, this.random()).credential) queue.unshift(deployment);
    }
    throw refusal ?? new DomainError('NO_AVAILABLE_UPSTREAM', { retryAfterMs: 1000 });
  }

  private choose(deployment: Deployment): { ticket: Ticket; credential: Credential | null } | DomainError {
    const { credentials } = deployment.provider;
    const picked = this.rests.pick(credentials, this.random());
    if (credentials.length > 0 && !picked.credential) return new DomainError('UPSTREAM_RATE_LIMITED', { retryAfterMs: picked.wakesInMs });
    const ticket = this.breakers.ticket(deployment.id);
    if (!ticket) return new DomainError('CIRCUIT_OPEN', { retryAfterMs: this.breakers.reopensInMs(deployment.id) });
    return { ticket, credential: picked.credential };
  }

  private async attempt<T>(tried: Tried, deployment: Deployment, { ticket, credential }: { ticket: Ticket; credential: Credential | null }, accept: Accept<T>): Promise<Answered<T> | DomainError> {
    const { life, trace } = tried;
    const { provider } = deployment;
    const from = performance.now();
    const record = (outcome: Outcome) =>
      trace.attempts.push({ deploymentId: deployment.id, provider: provider.name, upstreamModel: deployment.upstreamModel, outcome, durationMs: performance.now() - from });
    let answer: UpstreamAnswer | undefined;
    try {
      const encoded = tried.encode(deployment);
      answer = await trace.waitFor(this.send(tried, deployment, credential, encoded, tried.maxBytes));
      if (!isOk(answer)) throw await refusalOf(answer, deployment, credential);
      const value = await accept(answer, deployment, () => this.askFurther(tried, deployment, credential, encoded, answer as UpstreamAnswer));
      record('ok');
      return { deployment, answer, ticket, value };
    } catch (thrown) {
      const error = withRest(toDomainError(life.faultOf(thrown)));
      answer?.cancel(error);
      record(life.clientGone ? 'cancelled' : error.code);
      if (life.clientGone || !countsAgainstBreaker(error)) ticket.ignore();
      else ticket.fail();
      if (error.code === 'UPSTREAM_RATE_LIMITED' && credential) this.rests.rest(credential.id, error.retryAfterMs);
      return error;
    }
  }

  private send({ call, life, stream }: Tried, deployment: Deployment, credential: Credential | null, { body, passes, contentType, path: own }: EncodedRequest, maxBytes: number): Promise<UpstreamAnswer> {
    const { provider } = deployment;
    const adapter = adapterFor(provider.dialect);
    const path = own ?? adapter.path(call.endpoint, deployment.upstreamModel, { provider, stream, passes });
    const fields = adapter.headers(credential, provider, passes ? call.headers : undefined);
    if (contentType !== undefined) fields[fields.indexOf('content-type') + 1] = contentType;
    const headers = adapter.sign ? adapter.sign(fields, { credential, provider, path, body, at: new Date() }) : fields;
    return this.upstream.call({
      deployment, credential, path, headers, body, signal: life,
      connectMs: provider.timeouts.connectMs, maxBytes,
      // Of a stream only content counts as the first token: headers, comments and a role do not stop the clock.
      ...(stream ? { firstTokenMs: provider.timeouts.firstTokenMs, idleMs: null } : { firstTokenMs: provider.timeouts.wholeAnswerMs }),
    });
  }

  /** The other parts of a request that a provider takes in several: a few at a time, and none after one that failed. */
  private askFurther(tried: Tried, deployment: Deployment, credential: Credential | null, { further }: EncodedRequest, first: UpstreamAnswer): Promise<readonly Buffer[]> | null {
    if (!further) return null;
    let bytesLeft = tried.maxBytes - first.receivedBytes;
    const askOne = async (encoded: EncodedRequest): Promise<Buffer> => {
      const answer = await this.send(tried, deployment, credential, encoded, tried.maxBytes);
      if (!isOk(answer)) throw await refusalOf(answer, deployment, credential);
      const bytes = await answer.readAll();
      bytesLeft -= bytes.length;
      if (bytesLeft < 0) throw new DomainError('UPSTREAM_RESPONSE_TOO_LARGE');
      return bytes;
    };
    return tried.trace.waitFor(inLanes(further, LANES, askOne));
  }

  /** At once where the call is over meanwhile. */
  private async backOff(trace: CallTrace, life: CallLife): Promise<void> {
    const delayMs = this.random() * BACKOFF_MS * 2 ** (trace.attempts.length - 1);
    await trace.waitFor(
      new Promise<void>((resolve) => {
        const timer = setTimeout(done, delayMs);
        function done(): void {
          clearTimeout(timer);
          life.removeEventListener('abort', done);
          resolve();
        }
        life.addEventListener('abort', done);
      }),
    );
  }
}

function isOk({ status }: UpstreamAnswer): boolean {
  return status >= 200 && status <= 299;
}

/** What the provider's refusal means for the caller; its connection is given up. */
async function refusalOf(answer: UpstreamAnswer, { provider }: Deployment, credential: Credential | null): Promise<DomainError> {
  const error = adapterFor(provider.dialect).explain(answer.status, answer.headers, withoutHeaderValues(await readErrorBody(answer), provider), credential);
  answer.cancel(error);
  return error;
}

/** Whoever is told of a rate limit is told when to come back. */
function withRest(error: DomainError): DomainError {
  if (error.code !== 'UPSTREAM_RATE_LIMITED' || error.retryAfterMs !== undefined) return error;
  return new DomainError('UPSTREAM_RATE_LIMITED', { retryAfterMs: UNSAID_REST_MS, upstreamStatus: error.upstreamStatus, cause: error.cause });
}
