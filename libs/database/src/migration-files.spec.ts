import { fileName, MIGRATION_NAMES, MIGRATIONS, namesOf, typeOrmName } from './migration-files';

describe('migration files', () => {
  it('are found, in order, each as one class', () => {
    expect(MIGRATION_NAMES[0]).toBe('0001_identity_and_catalog');
    expect(MIGRATIONS).toHaveLength(MIGRATION_NAMES.length);
  });

  it('are named so that TypeORM reads their number as the order', () => {
    expect(typeOrmName('0012_more')).toBe('0012_more_0000000000012');
    expect(fileName('0012_more_0000000000012')).toBe('0012_more');
  });

  it.each([
    [['0001_a.up.sql'], '0001_a lacks its up.sql or its down.sql'],
    [['0001_a.up.sql', '0001_a.down.sql', 'notes.sql'], 'notes.sql is not named'],
    [['0001_a.up.sql', '0001_a.down.sql', '0001_b.up.sql', '0001_b.down.sql'], 'two migrations have the number 0001'],
  ])('are refused as %p', (files, problem) => {
    expect(() => namesOf(files)).toThrow(problem);
  });
});
