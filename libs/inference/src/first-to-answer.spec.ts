import { type Deployment, DomainError, type Provider, Secret } from '@higress/kernel';
import { Breakers, CredentialRests, EgressRules, RetryBudget, Upstream } from '@higress/upstream';
import type { Client, InferenceCall } from './call';
import { CallLife } from './call-life';
import { CallTrace } from './call-trace';
import { FirstToAnswer, type Tried } from './first-to-answer.stage';

const CREDENTIALS = ['a', 'b'].map((id) => ({ id, value: new Secret(id), weight: 1 }));
const BODY = Buffer.from('{"messages":[{"role":"user","content":"Hi"}]}');

/** Deployments of the simulator, which answers in process; one provider for all of them, so that each further attempt waits a little. */
const deploymentsOf = (models: string[], provider: Partial<Provider> = {}): Deployment[] =>
  models.map((upstreamModel, i) => ({
    id: `d${i}`, upstreamModel, priority: i, weight: 1, price: null, maxOutputTokens: null,
    provider: { id: 'p', name: 'p', dialect: 'simulator', baseUrl: '', headers: {}, credentials: [], timeouts: { connectMs: 1000, firstTokenMs: 1000, wholeAnswerMs: 1000, idleMs: 1000, totalMs: 5000 }, ...provider },
  }));

describe('FirstToAnswer', () => {
  const upstream = new Upstream({ egress: new EgressRules({}) });
  const breakers = new Breakers({ threshold: 1, resetMs: 60_000 });
  afterEach(() => breakers.close());

  /** With a random number of almost 1, each wait before a further attempt is as long as it can be: 50 ms, then 100. */
  const run = (deployments: Deployment[], { budget = new RetryBudget(), rests = new CredentialRests(), random = () => 0.99, encode = () => ({ body: BODY, passes: true }) }: { budget?: RetryBudget; rests?: CredentialRests; random?: () => number; encode?: Tried['encode'] } = {}) => {
    let leave: () => void = () => undefined;
    const client = { onGone: (gone: () => void) => (leave = gone) } as unknown as Client;
    const call: InferenceCall = { requestId: 'r', receivedAt: performance.now(), channel: 'external', endpoint: 'chat/completions', ip: '', method: 'POST', target: '/', headers: {}, body: BODY, clientRequestId: null };
    const life = new CallLife(client);
    const trace = new CallTrace(call);
    const tried: Tried = { call, life, trace, deployments, stream: false, encode, maxBytes: 1_000_000, mayFailOver: () => true };
    const answered = new FirstToAnswer(upstream, breakers, rests, budget, random).run(tried, async (answer) => (await answer.readAll()).length);
    return { answered, life, trace, leave: () => leave() };
  };
  const outcomes = ({ trace }: { trace: CallTrace }) => trace.attempts.map(({ upstreamModel, outcome }) => [upstreamModel, outcome]);

  it('asks three times at most', async () => {
    const tried = run(deploymentsOf(['sim-fast-status-500', 'sim-refused', 'sim-fast-status-503', 'sim-fast']));
    await expect(tried.answered).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' });
    expect(outcomes(tried)).toEqual([['sim-fast-status-500', 'UPSTREAM_ERROR'], ['sim-refused', 'UPSTREAM_ERROR'], ['sim-fast-status-503', 'UPSTREAM_ERROR']]);
  });

  it('asks nobody else for what is the caller’s own mistake', async () => {
    const tried = run(deploymentsOf(['sim-fast-status-400', 'sim-fast']));
    await expect(tried.answered).rejects.toMatchObject({ http: 400, source: 'client' });
    expect(outcomes(tried)).toEqual([['sim-fast-status-400', 'INVALID_REQUEST']]);
    expect(breakers.state('d0')).toBe('closed');
  });

  it('asks the next one for what a deployment cannot be asked, and lets that hide no outage', async () => {
    const unable = new DomainError('UNSUPPORTED_PARAMETER', { param: 'seed' });
    const refuses = (model: string) => (deployment: Deployment) => {
      if (deployment.upstreamModel === model) throw unable;
      return { body: BODY, passes: true };
    };
    const served = run(deploymentsOf(['sim-instant', 'sim-fast']), { encode: refuses('sim-instant') });
    await expect(served.answered).resolves.toMatchObject({ deployment: { upstreamModel: 'sim-fast' } });
    const away = run(deploymentsOf(['sim-fast-status-503', 'sim-instant']), { encode: refuses('sim-instant') });
    await expect(away.answered).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' });
  });

  it('asks nobody else once the retries of the last seconds are used up', async () => {
    const budget = new RetryBudget();
    while (budget.spend());
    const tried = run(deploymentsOf(['sim-fast-status-500', 'sim-fast']), { budget });
    await expect(tried.answered).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' });
    expect(tried.trace.attempts).toHaveLength(1);
  });

  it('holds a deadline that passes before the next attempt against nobody', async () => {
    const tried = run(deploymentsOf(['sim-fast-status-500', 'sim-fast']));
    tried.life.startDeadline(20);
    await expect(tried.answered).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(outcomes(tried)).toEqual([['sim-fast-status-500', 'UPSTREAM_ERROR']]);
    expect([breakers.state('d0'), breakers.state('d1')]).toEqual(['open', 'closed']);
  });

  it('holds nothing against a provider whose caller left', async () => {
    const tried = run(deploymentsOf(['sim-timeout', 'sim-fast']));
    tried.leave();
    await expect(tried.answered).rejects.toBeDefined();
    expect(tried.trace.attempts.every(({ outcome }) => outcome === 'cancelled')).toBe(true);
    expect(breakers.state('d0')).toBe('closed');
  });

  it('tells of the failure, not of the circuits that were open behind it', async () => {
    await expect(run(deploymentsOf(['sim-fast-status-500'])).answered).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' });
    const open = run(deploymentsOf(['sim-fast']));
    await expect(open.answered).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: expect.any(Number) });
    expect(open.trace.attempts).toEqual([]);
  });

  it('asks a limited deployment again with its other credential, and then tells the wait', async () => {
    const rests = new CredentialRests();
    const tried = run(deploymentsOf(['sim-fast-status-429'], { credentials: CREDENTIALS }), { rests });
    await expect(tried.answered).rejects.toMatchObject({ code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: 2000 });
    expect(tried.trace.attempts).toHaveLength(2);
    const again = run(deploymentsOf(['sim-fast-status-429'], { credentials: CREDENTIALS }), { rests });
    await expect(again.answered).rejects.toMatchObject({ code: 'UPSTREAM_RATE_LIMITED', retryAfterMs: expect.any(Number) });
    expect(again.trace.attempts).toEqual([]);
    expect(breakers.state('d0')).toBe('closed');
  });
});
