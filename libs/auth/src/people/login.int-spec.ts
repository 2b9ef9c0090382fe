import { eventually } from '@higress/testing';
import { codeOf, PASSWORD, signedInPeople, visitor } from '../fixtures/signed-in-people';

describe('signing in', () => {
  const people = signedInPeople();

  it('gives a pair of tokens for a right password, whatever the case of the address', async () => {
    const pair = await people.login.login(' ann@example.COM', PASSWORD, visitor);
    expect(pair).toMatchObject({ expiresInSeconds: 60, refreshToken: expect.stringMatching(/^rt_/) });
    expect(await people.tokens.verify(pair.accessToken)).toMatchObject({ email: 'Ann@Example.com', roles: ['admin'] });
    const [session] = await people.dataSource.query<Record<string, unknown>[]>('select ip, user_agent, s::text as text from sessions s');
    expect(session).toMatchObject({ ip: '192.0.2.7', user_agent: 'spec' });
    expect(session?.['text']).not.toContain(pair.refreshToken);
  });

  it('says the same of a wrong password and an unknown address', async () => {
    const say = (email: string, password: string) => people.login.login(email, password, visitor).catch(({ code, message }: { code: string; message: string }) => ({ code, message }));
    expect(await say('ann@example.com', 'wrong')).toEqual(await say('bob@example.com', PASSWORD));
    expect(await say('ann@example.com', 'wrong')).toMatchObject({ code: 'INVALID_TOKEN' });
  });

  it('takes as long for an unknown address as for a wrong password', async () => {
    const took = async (email: string, n: number) => {
      const startedAt = performance.now();
      await codeOf(people.login.login(email, 'wrong', { ip: `198.51.100.${n}`, userAgent: null }));
      return performance.now() - startedAt;
    };
    const [known, unknown]: [number[], number[]] = [[], []];
    for (let n = 0; n < 9; n++) {
      known.push(await took('ann@example.com', n));
      unknown.push(await took(`nobody-${n}@example.com`, 100 + n));
    }
    const median = (times: number[]) => times.sort((a, b) => a - b)[4] ?? 0;
    // Without the hashing an unknown address takes a tenth of the time; a busy machine does not make that of it.
    expect(median(unknown)).toBeGreaterThan(median(known) * 0.4);
  });

  it('tells a banned person so, and only with the right password', async () => {
    await people.dataSource.query(`update users set status = 'banned'`);
    expect(await codeOf(people.login.login('ann@example.com', 'wrong', visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, visitor))).toBe('FORBIDDEN');
  });

  it('writes sign-ins into the audit, refused ones too, and nothing that was typed', async () => {
    await people.login.login('ann@example.com', PASSWORD, { ...visitor, requestId: '0192b3c4-0000-7000-8000-000000000001' });
    await codeOf(people.login.login('ann@example.com', 'a canary that was typed', visitor));
    await codeOf(people.login.login('a canary that was typed', 'x', visitor));
    const entries = () => people.dataSource.query<{ action: string }[]>(`select action, actor_id, subject_id, tenant_id is null as platform, ip, request_id, after ->> 'reason' as reason from audit_entries where action like 'session.%' order by at`);
    await eventually('the entries', async () => (await entries()).length === 3);
    const rows = await entries();
    expect(rows).toContainEqual({ action: 'session.opened', actor_id: people.annId, subject_id: expect.any(String), platform: false, ip: visitor.ip, request_id: '0192b3c4-0000-7000-8000-000000000001', reason: null });
    expect(rows).toContainEqual({ action: 'session.refused', actor_id: null, subject_id: people.annId, platform: false, ip: visitor.ip, request_id: null, reason: 'the password is wrong' });
    expect(rows).toContainEqual({ action: 'session.refused', actor_id: null, subject_id: null, platform: true, ip: visitor.ip, request_id: null, reason: 'there is no such account' });
    expect(JSON.stringify(await people.dataSource.query('select a::text from audit_entries a'))).not.toContain('canary');
  });

  it.each([`password_hash = 'other'`, `status = 'banned'`])('opens no session for a login that was on its way when %s came', async (change) => {
    // Held where it stands between the password, which was right, and the session.
    const gate = people.dataSource.createQueryRunner();
    await gate.startTransaction();
    await gate.query(`update users set ${change}`);
    const code = codeOf(people.login.login('ann@example.com', PASSWORD, visitor));
    await eventually('the login, waiting for the person', async () => (await people.dataSource.query<unknown[]>(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%for share%'`)).length === 1);
    await gate.commitTransaction();
    await gate.release();
    expect(await code).toBe('INVALID_TOKEN');
    expect(await people.dataSource.query('select 1 from sessions')).toEqual([]);
  });
});
