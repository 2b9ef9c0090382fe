import { keyPolicySchema, limitsSchema, NO_LIMITS, readLimits } from '../index';

describe('what a key may do', () => {
  it('is everything, unless something is said', () => {
    expect(keyPolicySchema.parse({})).toEqual({ models: null, endpoints: null, allowed_ips: null, expires_at: null, limits: NO_LIMITS, signing: 'off', cache: 'off', tags: {} });
  });

  it('takes addresses and CIDRs of both families, and nothing else', () => {
    expect(keyPolicySchema.safeParse({ allowed_ips: ['10.0.0.0/8', '::1', '2001:db8::/32', '192.0.2.7'] }).success).toBe(true);
    for (const bad of ['10.0.0.0/33', 'localhost', '300.1.1.1', '']) expect(keyPolicySchema.safeParse({ allowed_ips: [bad] }).success).toBe(false);
  });

  it('refuses a field that it does not know', () => {
    expect(keyPolicySchema.safeParse({ modles: ['gpt-*'] }).success).toBe(false);
    expect(limitsSchema.safeParse({ rps: 5 }).success).toBe(false);
  });

  it('reads stored limits of a newer version', () => {
    expect(readLimits({ rpm: 5, weekly: 7 })).toEqual({ ...NO_LIMITS, rpm: 5 });
    expect(readLimits(null)).toEqual(NO_LIMITS);
  });
});
