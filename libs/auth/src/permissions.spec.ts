import { PERMISSIONS, permissionsOf, reachOf, type Permission } from './permissions';

const WRITES = (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => !permission.endsWith(':read'));

describe('permissions', () => {
  it('let an owner do everything everywhere', () => {
    for (const permission of Object.keys(PERMISSIONS) as Permission[]) expect(reachOf(['owner'], permission)).toBe('all');
  });

  it('let nobody else reach beyond a tenant', () => {
    for (const permission of Object.keys(PERMISSIONS) as Permission[]) expect(reachOf(['admin', 'member', 'auditor'], permission)).not.toBe('all');
  });

  it('let an auditor write nothing', () => {
    expect(WRITES.filter((permission) => reachOf(['auditor'], permission) !== null)).toEqual([]);
  });

  it('let a member have no more than their own keys and usage', () => {
    expect(permissionsOf(['member'])).toEqual(['keys:read', 'keys:write', 'usage:read', 'models:read']);
    expect(reachOf(['member'], 'keys:write')).toBe('own');
  });

  it('give several roles the widest of their reaches', () => {
    expect(reachOf(['member', 'auditor'], 'keys:read')).toBe('tenant');
    expect(reachOf(['auditor', 'member'], 'keys:write')).toBe('own');
  });

  it.each([[[]], [['constructor']], [['does']], [['Owner']]])('give the roles %j nothing', (roles) => {
    expect(permissionsOf(roles)).toEqual([]);
  });
});
