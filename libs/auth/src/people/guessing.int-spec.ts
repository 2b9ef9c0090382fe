import { eventually } from '@higress/testing';
import { codeOf, from, PASSWORD, signedInPeople, visitor } from '../fixtures/signed-in-people';

describe('guessing passwords', () => {
  const people = signedInPeople();
  const { failures } = people;

  it.each(['ann@example.com', 'nobody@example.com'])('lets an address guess five times at %s, and then wait, whether it exists or not', async (email) => {
    const codes = await failures(6, () => email, () => '192.0.2.9');
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'INVALID_TOKEN'), 'RATE_LIMIT_RPM']);
    const refused = await people.login.login(email, PASSWORD, from('192.0.2.9')).catch((error: { retryAfterMs?: number }) => error.retryAfterMs);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(1000);
  });

  it('makes all strangers of an account wait together, and never its owner where they have been before', async () => {
    await people.login.login('ann@example.com', PASSWORD, visitor);
    const codes = await failures(22, () => 'ANN@example.com', (n) => `198.51.100.${n}`);
    expect(codes.slice(0, 20)).not.toContain('RATE_LIMIT_RPM');
    expect(codes.slice(20)).toEqual(['RATE_LIMIT_RPM', 'RATE_LIMIT_RPM']);
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, from('203.0.113.1')))).toBe('RATE_LIMIT_RPM');
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
    expect(await codeOf(people.login.login('bob@example.com', PASSWORD, from('203.0.113.1')))).toBe('INVALID_TOKEN');
  });

  it('makes a wait that was earned grow, and forgets nothing of it for one who tries meanwhile', async () => {
    const wait = async () => {
      const failed = await people.login.login('bob@example.com', 'wrong', from('192.0.2.9')).catch((error: { code: string; retryAfterMs?: number }) => error);
      return (failed as { retryAfterMs?: number }).retryAfterMs ?? 0;
    };
    await failures(5, () => 'bob@example.com', () => '192.0.2.9');
    expect(await wait()).toBeLessThanOrEqual(1000);
    await eventually('the end of the first wait', async () => (await wait()) === 0, 3000);
    expect(await wait()).toBeGreaterThan(1000);
  });

  it('ends a flood from one address over many accounts, even without Redis', async () => {
    await people.redisProxy.shut();
    const codes = await failures(31, (n) => `nobody-${n}@example.com`, () => '192.0.2.9');
    expect(codes.at(-1)).toBe('RATE_LIMIT_RPM');
    expect(codes.filter((code) => code === 'INVALID_TOKEN')).toHaveLength(30);
  });

  it('counts only failures against an address', async () => {
    for (let n = 0; n < 35; n++) await people.login.login('ann@example.com', PASSWORD, visitor);
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
  });

  it('forgets mistakes on an account after a right password', async () => {
    for (let round = 0; round < 3; round++) {
      await failures(4, () => 'ann@example.com', () => visitor.ip);
      expect(await codeOf(people.login.login('ann@example.com', PASSWORD, visitor))).toBe('ok');
    }
  });

  it('gives an address back nothing of what it tried on other accounts when its password is changed', async () => {
    const { accessToken } = await people.login.login('ann@example.com', PASSWORD, visitor);
    const me = await people.tokens.verify(accessToken);
    const codes = await failures(32, (n) => `nobody-${n}@example.com`, () => visitor.ip);
    expect(codes.at(-1)).toBe('RATE_LIMIT_RPM');
    await people.changes.change(me.asSelf({ ip: visitor.ip }), me, PASSWORD, 'another long password');
    expect(await codeOf(people.login.login('nobody@example.com', 'wrong', visitor))).toBe('RATE_LIMIT_RPM');
  });

  it('knows the owner again anywhere in the /64 of a place they have signed in from', async () => {
    await people.login.login('ann@example.com', PASSWORD, from('2001:db8:1:2:3:4:5:6'));
    await failures(21, () => 'ann@example.com', (n) => `198.51.100.${n}`);
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, from('2001:db8:1:3::1')))).toBe('RATE_LIMIT_RPM');
    expect(await codeOf(people.login.login('ann@example.com', PASSWORD, from('2001:db8:1:2:ffff::1')))).toBe('ok');
  });
});
