import { toPostgresUrl } from './to-postgres-url';

describe('toPostgresUrl', () => {
  it.each([
    ['postgresql+asyncpg://postgres:password@localhost:5432/ai_gateway', 'postgresql://postgres:password@localhost:5432/ai_gateway'],
    ['postgresql+psycopg://u@h/d', 'postgresql://u@h/d'],
    ['postgres://u@h/d', 'postgresql://u@h/d'],
    ['postgresql://u:p%40%3F@h/d', 'postgresql://u:p%40%3F@h/d'],
  ])('reads %s as %s', (given, read) => {
    expect(toPostgresUrl(given)).toBe(read);
  });

  it.each([
    ['ssl=require', 'require'],
    ['ssl=true', 'require'],
    ['ssl=disable', 'disable'],
    ['ssl=0', 'disable'],
    ['sslmode=verify-full', 'verify-full'],
    ['ssl=disable&sslmode=require', 'require'],
    ['ssl=allow', 'prefer'],
  ])('reads %s as sslmode=%s, in the meaning of libpq', (query, mode) => {
    const parameters = new URL(toPostgresUrl(`postgresql+asyncpg://u@h/d?${query}`)).searchParams;
    expect(parameters.get('sslmode')).toBe(mode);
    expect(parameters.get('uselibpqcompat')).toBe('true');
    expect(parameters.has('ssl')).toBe(false);
  });

  it('keeps other parameters', () => {
    expect(toPostgresUrl('postgresql://u@h/d?options=-c%20search_path%3Dx')).toBe('postgresql://u@h/d?options=-c+search_path%3Dx');
  });

  it('does not repeat a URL that it refuses', () => {
    expect(() => toPostgresUrl('mysql://root:hunter2@h/d')).toThrow(/^a database URL begins with postgresql:\/\/$/);
  });
});
