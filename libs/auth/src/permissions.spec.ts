import { permits } from './permissions';

describe('permits', () => {
  it.each([
    [['*'], 'platform:credit', true],
    [['tenant:*'], 'tenant:write', true],
    [['tenant:*'], 'platform:read', false],
    [['tenant:read'], 'tenant:write', false],
    [['tenant:read'], 'self:read', true],
    [['self:*'], 'self:write', true],
    [['self:*'], 'tenant:read', false],
    [[], 'self:read', false],
  ] as const)('%j, asked for %s: %s', (granted, needed, expected) => {
    expect(permits(granted, needed)).toBe(expected);
  });
});
