import { SYSTEM } from '@higress/database';
import { codeOf, PASSWORD, signedInPeople, visitor } from '../fixtures/signed-in-people';

describe('a new password', () => {
  const people = signedInPeople();

  it('changes a password by the old one, and ends every other session', async () => {
    const [here, there] = [await people.login.login('ann@example.com', PASSWORD, visitor), await people.login.login('ann@example.com', PASSWORD, visitor)];
    const me = await people.tokens.verify(here.accessToken);
    expect(await codeOf(people.changes.change(me.asSelf({ ip: visitor.ip }), me, 'wrong', 'another long password'))).toBe('FORBIDDEN');
    await people.changes.change(me.asSelf({ ip: visitor.ip }), me, PASSWORD, 'another long password');
    expect(await codeOf(people.login.refresh(here.refreshToken, visitor))).toBe('ok');
    expect(await codeOf(people.login.refresh(there.refreshToken, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.login.login('ann@example.com', 'another long password', visitor))).toBe('ok');
  });

  it('cannot be used to guess the current password', async () => {
    const me = await people.tokens.verify((await people.login.login('ann@example.com', PASSWORD, visitor)).accessToken);
    const codes: string[] = [];
    for (let n = 0; n < 6; n++) codes.push(await codeOf(people.changes.change(me.asSelf({ ip: visitor.ip }), me, 'wrong', 'another long password')));
    expect(codes.at(-1)).toBe('RATE_LIMIT_RPM');
  });

  it('sets a password by a reset token once, within a day, and ends every session', async () => {
    const { refreshToken } = await people.login.login('ann@example.com', PASSWORD, visitor);
    const [old, { token }] = [await people.changes.issueReset(SYSTEM, people.annId), await people.changes.issueReset(SYSTEM, people.annId)];
    expect(token).toMatch(/^pr_[0-9A-Za-z]{43}$/);
    for (const bad of [old.token, `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`, '', 'pr_']) expect(await codeOf(people.changes.redeem(bad, 'another long password', visitor))).toBe('INVALID_TOKEN');
    const codes = await Promise.all([1, 2].map(() => codeOf(people.changes.redeem(token, 'another long password', visitor))));
    expect(codes.sort()).toEqual(['INVALID_TOKEN', 'ok']);
    expect(await codeOf(people.login.refresh(refreshToken, visitor))).toBe('INVALID_TOKEN');
    expect(await codeOf(people.login.login('ann@example.com', 'another long password', visitor))).toBe('ok');
    const late = await people.changes.issueReset(SYSTEM, people.annId);
    await people.dataSource.query(`update password_resets set expires_at = now() - interval '1 s' where used_at is null`);
    expect(await codeOf(people.changes.redeem(late.token, PASSWORD, visitor))).toBe('INVALID_TOKEN');
    const text = JSON.stringify([await people.dataSource.query('select a::text from audit_entries a'), await people.dataSource.query('select p::text from password_resets p')]);
    for (const secret of [token, old.token, 'another long password']) expect(text).not.toContain(secret);
  });

  it('ends the tokens that were handed out for somebody who becomes an owner, changes their password or is banned', async () => {
    const [{ id: tenantId }] = (await people.dataSource.query('select id from tenants')) as [{ id: string }];
    await people.users.create(SYSTEM, { tenantId, email: 'owner@example.com', password: PASSWORD, roles: ['owner'] });
    const me = await people.tokens.verify((await people.login.login('ann@example.com', PASSWORD, visitor)).accessToken);
    const endings = [
      () => people.changes.change(me.asSelf({ ip: visitor.ip }), me, PASSWORD, 'another long password'), () => people.standing.setRoles(SYSTEM, people.annId, ['owner']),
      () => people.standing.ban(SYSTEM, people.annId, null).then(() => people.standing.unban(SYSTEM, people.annId)),
    ];
    for (const end of endings) {
      const { token } = await people.changes.issueReset(SYSTEM, people.annId);
      await end();
      expect(await codeOf(people.changes.redeem(token, 'a third long password', visitor))).toBe('INVALID_TOKEN');
    }
  });
});
