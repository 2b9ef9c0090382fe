import { readSessionCookie, writeSessionCookie } from './session-cookie';

describe('the cookie of the board', () => {
  it('is found among others, and only by its whole name', () => {
    expect(readSessionCookie('a=1; higress_board=x.y.z; b=2')).toBe('x.y.z');
    expect(readSessionCookie('not_higress_board=x; higress_board=')).toBeNull();
    expect(readSessionCookie(undefined)).toBeNull();
  });

  it('is out of reach for scripts and for other sites', () => {
    expect(writeSessionCookie('t', 60, true)).toBe('higress_board=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure');
    expect(writeSessionCookie('', 60, false)).toBe('higress_board=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict');
  });
});
