import { SYSTEM } from '@higress/database';
import { eventually } from '@higress/testing';
import { codeOf, PASSWORD, signedInPeople, visitor } from '../fixtures/signed-in-people';

describe('staying signed in', () => {
  const people = signedInPeople();

  it('rotates the refresh token at every use', async () => {
    const first = await people.login.login('ann@example.com', PASSWORD, visitor);
    const second = await people.login.refresh(first.refreshToken, visitor);
    const third = await people.login.refresh(second.refreshToken, visitor);
    expect(new Set([first.refreshToken, second.refreshToken, third.refreshToken]).size).toBe(3);
    expect((await people.tokens.verify(third.accessToken)).sessionId).toBe((await people.tokens.verify(first.accessToken)).sessionId);
    expect(await people.dataSource.query('select generation from sessions')).toEqual([{ generation: 2 }]);
  });

  it('revokes the whole session when a refresh token comes a second time, for the holder of the newer one too', async () => {
    const first = await people.login.login('ann@example.com', PASSWORD, visitor);
    const second = await people.login.refresh(first.refreshToken, visitor);
    await people.tokens.verify(second.accessToken);
    expect(await codeOf(people.login.refresh(first.refreshToken, { ...visitor, ip: '203.0.113.5' }))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.login.refresh(second.refreshToken, visitor))).toBe('INVALID_TOKEN');
    await eventually('the refusal of its access tokens', async () => (await codeOf(people.tokens.verify(second.accessToken))) === 'INVALID_TOKEN', 1000);
    expect(await people.dataSource.query('select revoked_reason from sessions')).toEqual([{ revoked_reason: 'a refresh token was used twice' }]);
  });

  it('gives a client that asks twice at once, or again within ten seconds, the same refresh token', async () => {
    const { refreshToken } = await people.login.login('ann@example.com', PASSWORD, visitor);
    const [one, two] = await Promise.all([people.login.refresh(refreshToken, visitor), people.login.refresh(refreshToken, visitor)]);
    const three = await people.login.refresh(refreshToken, visitor);
    expect(new Set([one.refreshToken, two.refreshToken, three.refreshToken]).size).toBe(1);
    expect(await codeOf(people.login.refresh(one.refreshToken, visitor))).toBe('ok');
  });

  it.each([
    ['from another address', { ...visitor, ip: '203.0.113.5' }, '0 s'],
    ['from another program', { ...visitor, userAgent: 'curl' }, '0 s'],
    ['after ten seconds', visitor, '11 s'],
  ])('takes a token that comes again %s for stolen', async (_, thief, later) => {
    const { refreshToken } = await people.login.login('ann@example.com', PASSWORD, visitor);
    const next = await people.login.refresh(refreshToken, visitor);
    await people.dataSource.query('update sessions set rotated_at = rotated_at - $1::interval', [later]);
    expect(await codeOf(people.login.refresh(refreshToken, thief))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.login.refresh(next.refreshToken, visitor))).toBe('INVALID_TOKEN');
  });

  it('does not revoke a session for a token that we never made', async () => {
    const { refreshToken } = await people.login.login('ann@example.com', PASSWORD, visitor);
    const invented = refreshToken.slice(0, 30) + 'A'.repeat(refreshToken.length - 30);
    for (const odd of [invented, '', 'rt_', 'sk-x']) expect(await codeOf(people.login.refresh(odd, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.login.refresh(refreshToken, visitor))).toBe('ok');
  });

  it('does not refresh what has expired, nor for a banned person', async () => {
    const [old, banned] = [await people.login.login('ann@example.com', PASSWORD, visitor), await people.login.login('ann@example.com', PASSWORD, visitor)];
    const { sessionId } = await people.tokens.verify(old.accessToken);
    await people.dataSource.query(`update sessions set expires_at = now() - interval '1 s' where id = $1`, [sessionId]);
    expect(await codeOf(people.login.refresh(old.refreshToken, visitor))).toBe('TOKEN_EXPIRED');
    await people.dataSource.query(`update users set status = 'banned'`);
    expect(await codeOf(people.login.refresh(banned.refreshToken, visitor))).toBe('INVALID_TOKEN');
  });

  it('logs out of one session, or of all, within a second', async () => {
    const pairs = [await people.login.login('ann@example.com', PASSWORD, visitor), await people.login.login('ann@example.com', PASSWORD, visitor)];
    const [one, other] = await Promise.all(pairs.map(({ accessToken }) => people.tokens.verify(accessToken)));
    await people.sessions.end(one?.asSelf({}) ?? SYSTEM, one?.sessionId ?? '', 'logout');
    await eventually('the end of the first', async () => (await codeOf(people.tokens.verify(pairs[0]?.accessToken ?? ''))) === 'INVALID_TOKEN', 1000);
    expect(await codeOf(people.login.refresh(pairs[0]?.refreshToken ?? '', visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.tokens.verify(pairs[1]?.accessToken ?? ''))).toBe('ok');
    await people.sessions.endAll(other?.asSelf({}) ?? SYSTEM, other?.userId ?? '', other?.tenantId ?? '', 'logout-all');
    await eventually('the end of the second', async () => (await codeOf(people.tokens.verify(pairs[1]?.accessToken ?? ''))) === 'INVALID_TOKEN', 1000);
  });
});
