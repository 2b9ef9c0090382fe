import { Reaper, Reconciler } from '@higress/billing';
import { createDataSource } from '@higress/database';
import { uuidv7 } from '@higress/kernel';
import { freshDatabase, type FreshDatabase } from '@higress/testing';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { reconcileProcessor } from '../reconcile/reconcile.processor';
import { orphanReapProcessor } from './orphan-reap.processor';

const log = pino({ level: 'silent' });

describe('the billing jobs', () => {
  let database: FreshDatabase;
  let db: DataSource;
  const tenant = uuidv7();

  beforeAll(async () => {
    database = await freshDatabase();
    db = await createDataSource({ url: database.url, name: 'spec', poolSize: 4, statementTimeoutMs: 10_000 }).initialize();
    await db.query(`insert into tenants (id, name, billing) values ($1, 'acme', 'prepaid')`, [tenant]);
    await db.query(`select billing_credit($1, 1000, 'opening', null)`, [tenant]);
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  it('charge a lapsed hold once, however often the job is delivered at the same time', async () => {
    const call = { channel: 'external', model: 'm', provider: 'p', upstream_model: 'm', dialect: 'openai', stream: true };
    const row = [uuidv7(), tenant, null, 'prepaid', true, 100, call, null];
    await db.query(`select billing_hold($1, '-1 s')`, [JSON.stringify([row])]);
    await db.query('update holds set progress_nano = 70');
    const reap = orphanReapProcessor(new Reaper({ sql: db, log, graceSeconds: 0 }));
    const reaped = await Promise.all([reap.run({}), reap.run({}), reap.run({}), reap.run({})]);
    await reap.run({});
    expect(reaped.filter((result) => (result as { lapsed: number }).lapsed === 1)).toHaveLength(1);
    expect(await db.query(`select kind, amount_nano from ledger_entries where kind <> 'credit'`)).toEqual([{ kind: 'expired', amount_nano: '-70' }]);
    expect(await db.query('select posted_nano, held_nano from accounts where tenant_id = $1', [tenant])).toEqual([{ posted_nano: '930', held_nano: '0' }]);
  });

  it('find an account that differs, freeze it, alarm, and leave its amounts alone', async () => {
    const alarms: string[] = [];
    const run = reconcileProcessor(new Reconciler({ sql: db, log, onDifference: ({ tenantId }) => alarms.push(tenantId) }));
    expect(await run.run({})).toEqual({ differences: 0 });
    await db.query('update accounts set posted_nano = posted_nano + 1 where tenant_id = $1', [tenant]);
    expect(await run.run({})).toEqual({ differences: 1 });
    expect(alarms).toEqual([tenant]);
    expect(await db.query('select posted_nano, frozen_at is not null as frozen from accounts where tenant_id = $1', [tenant])).toEqual([{ posted_nano: '931', frozen: true }]);
  });
});
