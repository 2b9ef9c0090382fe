import { EgressRules, Upstream, type UpstreamAnswer } from '../../index';
import { aSimulatedCall } from '../fixtures/a-call';

const upstream = new Upstream({ egress: new EgressRules() });
const readToEnd = async (answer: UpstreamAnswer) => {
  let text = '';
  for (let read = await answer.read(); read; read = await answer.read()) text += read.toString();
  return text;
};
/** The simulator plays on in each turn of the event loop: a number that many turns left alone stays as it is. */
const stillness = async (numberOf: () => number) => {
  for (let before = -1, turns = 0; turns < 50; turns = before === numberOf() ? turns + 1 : 0) {
    before = numberOf();
    await new Promise((resolve) => setImmediate(resolve));
  }
};
const answerOf = (model: string, body: object = {}, about: Parameters<typeof aSimulatedCall>[2] = {}) => upstream.call(aSimulatedCall(model, body, about));
const failing = async (model: string, body: object = {}, about: Parameters<typeof aSimulatedCall>[2] = {}) => {
  const from = performance.now();
  const error = (await answerOf(model, body, about).then(readToEnd).catch((reason: unknown) => reason)) as { code: string };
  return { code: error.code, tookMs: performance.now() - from };
};

describe('the simulator, called as a provider', () => {
  it('answers whole', async () => {
    const answer = await answerOf('sim-fast');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse((await answer.readAll()).toString())).toMatchObject({ object: 'chat.completion', model: 'sim-fast', choices: [{ message: { content: expect.stringContaining('hello') } }] });
  });

  it('streams at the pace of its name', async () => {
    const from = performance.now();
    const answer = await answerOf('sim-first-30-pace-5-tokens-20', { stream: true });
    const firstMs = performance.now() - from;
    const text = await readToEnd(answer);
    expect(firstMs).toBeGreaterThanOrEqual(29);
    expect(performance.now() - from).toBeGreaterThanOrEqual(30 + 20 * 5 - 2);
    expect(performance.now() - from).toBeLessThan(600);
    expect(text.match(/"content":"[^"]/g)).toHaveLength(20);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('never gives two answers the same id', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, async () => (JSON.parse((await (await answerOf('sim-fast')).readAll()).toString()) as { id: string }).id));
    expect(new Set(ids).size).toBe(50);
  });

  it('answers 400 to a body that is not JSON', async () => {
    expect(await answerOf('sim-fast', {}, { body: Buffer.from('{') })).toMatchObject({ status: 400 });
  });

  it.each([
    ['sim-refused', 'UPSTREAM_ERROR'],
    ['sim-reset-0', 'UPSTREAM_ERROR'],
    ['sim-fast-reset-2', 'UPSTREAM_ERROR'],
    ['sim-gzip', 'UPSTREAM_INVALID_RESPONSE'],
  ])('%s fails with %s', async (model, code) => {
    expect(await failing(model, { stream: true })).toMatchObject({ code });
  });

  it('times out as a provider would, before its headers and in its body', async () => {
    expect(await failing('sim-timeout', {}, { firstTokenMs: 40 })).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(await failing('sim-fast-hang-2', { stream: true }, { idleMs: 40 })).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    expect(await failing('sim-comments', { stream: true }, { idleMs: null, firstTokenMs: 150 })).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('is bounded in size, and waits for a slow reader', async () => {
    expect(await failing('sim-fast-endless', { stream: true }, { maxBytes: 3 << 20 })).toMatchObject({ code: 'UPSTREAM_RESPONSE_TOO_LARGE' });
    const answer = await answerOf('sim-fast-endless', { stream: true });
    await stillness(() => answer.receivedBytes);
    expect(answer.receivedBytes).toBeLessThan(2 << 20);
    await answer.read();
    await answer.read();
    expect(answer.receivedBytes).toBeGreaterThan(1 << 20);
    answer.cancel();
  });

  it('stops at once when it is given up', async () => {
    const gone = new AbortController();
    const answer = await answerOf('sim-pace-5-endless', { stream: true }, { signal: gone.signal });
    await answer.read();
    gone.abort(new Error('the client left'));
    await expect(answer.read()).rejects.toThrow('the client left');
    const { receivedBytes } = answer;
    const another = await answerOf('sim-pace-5-endless', { stream: true });
    for (let token = 0; token < 10; token++) await another.read();
    another.cancel();
    expect(answer.receivedBytes).toBe(receivedBytes);
    await expect(answerOf('sim-timeout', {}, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
  });

  it('lets others have their turn while a stream without delays runs', async () => {
    const gone = new AbortController();
    const endless = answerOf('sim-fast-endless', { stream: true }, { signal: gone.signal, maxBytes: 1e9 }).then(readToEnd);
    const from = performance.now();
    // How late a timer comes is what this is about.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(performance.now() - from).toBeLessThan(200);
    gone.abort(new Error('enough'));
    await expect(endless).rejects.toThrow('enough');
  });
});
