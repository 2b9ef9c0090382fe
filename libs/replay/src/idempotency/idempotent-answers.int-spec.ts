import { randomBytes, randomUUID } from 'node:crypto';
import { createDataSource, Sealer } from '@higress/database';
import { uuidv7 } from '@higress/kernel';
import { faultProxy, freshDatabase, type FreshDatabase } from '@higress/testing';
import type { DataSource } from 'typeorm';
import type { KeptAnswer } from '../kept-answer';
import { fingerprintOf } from './idempotency-key';
import { type Claim, type ClaimAsked, IdempotentAnswers } from './idempotent-answers';

const sealer = new Sealer(new Map([[1, randomBytes(32)]]));
const open = (url: string) => createDataSource({ url, name: 'spec', poolSize: 8, statementTimeoutMs: 2000 });

describe('answers by idempotency key', () => {
  let database: FreshDatabase;
  let db: DataSource;
  let answers: IdempotentAnswers;
  let faults: unknown[];

  beforeAll(async () => {
    database = await freshDatabase();
    db = await open(database.url).initialize();
  });
  beforeEach(() => {
    faults = [];
    answers = new IdempotentAnswers({ dataSource: db, sealer, onFault: (error) => faults.push(error) });
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  const asked = (more: Partial<ClaimAsked> = {}): ClaimAsked => ({ tenantId: randomUUID(), key: 'one', fingerprint: fingerprintOf('POST', '/v1/x', Buffer.from('{}')), requestId: uuidv7(), lifeMs: 1000, ...more });
  const answer = (requestId: string, body: Buffer = Buffer.from('{"key":"sk-canary"}')): KeptAnswer => ({ requestId, status: 201, stream: false, headers: ['content-type', 'application/json'], body });
  const claimed = async (ask: ClaimAsked): Promise<Claim> => {
    const found = await answers.claim(ask);
    if ('body' in found) throw new Error('it was answered before');
    return found;
  };
  const conflict = (message: RegExp) => expect.objectContaining({ code: 'IDEMPOTENCY_CONFLICT', http: 409, message: expect.stringMatching(message) });

  it('give the first finished answer again, to the same tenant alone', async () => {
    const ask = asked();
    await (await claimed(ask)).keep(answer(ask.requestId));
    expect(await answers.claim({ ...ask, requestId: uuidv7() })).toEqual(answer(ask.requestId));
    expect(await answers.claim(asked())).toHaveProperty('keep');
    expect(faults).toEqual([]);
  });

  it('are sealed, and open in no other place', async () => {
    const [mine, theirs] = [asked(), asked()];
    await (await claimed(mine)).keep(answer(mine.requestId));
    await (await claimed(theirs)).keep(answer(theirs.requestId));
    const [{ sealed } = { sealed: Buffer.alloc(0) }] = await db.query<{ sealed: Buffer }[]>('select sealed from idempotent_answers where tenant_id = $1', [mine.tenantId]);
    expect(sealed.includes('canary')).toBe(false);
    await db.query('update idempotent_answers set sealed = $2 where tenant_id = $1', [theirs.tenantId, sealed]);
    await expect(answers.claim(theirs)).rejects.toEqual(conflict(/could not be kept/));
  });

  it('refuse another request, one that comes while the first runs, and one after it broke', async () => {
    const ask = asked();
    const claim = await claimed(ask);
    await expect(answers.claim(ask)).rejects.toEqual(conflict(/still running/));
    await expect(answers.claim({ ...ask, fingerprint: fingerprintOf('POST', '/v1/x', Buffer.from('{ }')) })).rejects.toEqual(conflict(/another request/));
    await claim.breakOff();
    await expect(answers.claim(ask)).rejects.toEqual(conflict(/broke off/));
  });

  it('take a running one whose time is up for one whose process died, and never run it again', async () => {
    const ask = asked({ lifeMs: -60_001 });
    const late = await claimed(ask);
    await expect(answers.claim(ask)).rejects.toEqual(conflict(/broke off/));
    await late.keep(answer(ask.requestId));
    expect(await answers.claim(ask)).toEqual(answer(ask.requestId));
  });

  it('free the key of a request that did nothing', async () => {
    const ask = asked();
    await (await claimed(ask)).letGo();
    expect(await answers.claim({ ...ask, requestId: uuidv7(), fingerprint: Buffer.alloc(32) })).toHaveProperty('keep');
  });

  it('refuse a key whose answer was too large', async () => {
    const ask = asked();
    await (await claimed(ask)).keep(null);
    await expect(answers.claim(ask)).rejects.toEqual(conflict(/could not be kept/));
  });

  it('keep 2 MiB of any bytes', async () => {
    const ask = asked();
    const body = randomBytes(2 * 1024 * 1024);
    await (await claimed(ask)).keep(answer(ask.requestId, body));
    expect((await answers.claim(ask)) as KeptAnswer).toMatchObject({ body });
  });

  it('forget after 24 hours', async () => {
    const ask = asked();
    await (await claimed(ask)).keep(answer(ask.requestId));
    await db.query(`update idempotent_answers set expires_at = expires_at - interval '23 hours 59 minutes' where tenant_id = $1`, [ask.tenantId]);
    expect(await answers.claim(ask)).toHaveProperty('body');
    await db.query(`update idempotent_answers set expires_at = expires_at - interval '2 minutes' where tenant_id = $1`, [ask.tenantId]);
    const again = { ...ask, requestId: uuidv7() };
    const claim = await claimed(again);
    await expect(answers.claim(ask)).rejects.toEqual(conflict(/still running/));
    await claim.keep(answer(again.requestId));
    expect(await answers.claim(ask)).toEqual(answer(again.requestId));
  });

  it('let one of fifty at once run', async () => {
    const ask = asked();
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => answers.claim({ ...ask, requestId: uuidv7() })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(conflict(/running/));
  });

  it('promise nothing while Postgres is away, and tell of an answer that could not be kept', async () => {
    const proxy = await faultProxy({ target: database.url });
    const far = await open(proxy.url).initialize();
    try {
      const remote = new IdempotentAnswers({ dataSource: far, sealer, onFault: (error) => faults.push(error) });
      const ask = asked();
      const claim = (await remote.claim(ask)) as Claim;
      await proxy.close();
      await claim.keep(answer(ask.requestId));
      expect(faults).toHaveLength(1);
      await expect(remote.claim(asked())).rejects.toMatchObject({ code: 'NOT_READY', http: 503, retryAfterMs: 2000 });
      await expect(answers.claim(ask)).rejects.toEqual(conflict(/still running/));
    } finally {
      await far.destroy();
    }
  });
});
