import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { OUTSIDE, runOutside } from './run-outside';

const FOLDER = join(__dirname, 'migrations');
const PAIR = /^(\d{4}_[a-z0-9_]+)\.(up|down)\.sql$/;

/** The table in which applied migrations are noted. */
export const MIGRATIONS_TABLE = 'schema_migrations';

/** `0001_identity_and_catalog`, … in the order in which they apply, from the pairs of SQL files in the folder. */
export const MIGRATION_NAMES: readonly string[] = namesOf(readdirSync(FOLDER));

/** What TypeORM's migrator runs: one class per pair of files. */
export const MIGRATIONS: (new () => MigrationInterface)[] = MIGRATION_NAMES.map(migrationOf);

/** TypeORM orders migrations by the 13 digits at the end of their names, meant for a timestamp; ours are the file's number. */
export function typeOrmName(name: string): string {
  return `${name}_${name.slice(0, 4).padStart(13, '0')}`;
}

/** The file's name again. A foreign name comes back as it is. */
export function fileName(typeOrmName: string): string {
  return typeOrmName.replace(/_\d{13}$/, '');
}

/** @throws Error for a file that is not named `NNNN_name.up.sql` or `.down.sql`, a number used twice, or a half without the other. */
export function namesOf(files: readonly string[]): string[] {
  const halves = files.map((file) => PAIR.exec(file) ?? fail(`${file} is not named NNNN_name.up.sql or NNNN_name.down.sql`));
  const names = [...new Set(halves.map(([, name]) => name as string))].sort();
  for (const [i, name] of names.entries()) {
    if (halves.filter((half) => half[1] === name).length !== 2) fail(`${name} lacks its up.sql or its down.sql`);
    if (names[i + 1]?.slice(0, 4) === name.slice(0, 4)) fail(`two migrations have the number ${name.slice(0, 4)}`);
  }
  return names;
}

function migrationOf(name: string): new () => MigrationInterface {
  const read = (half: 'up' | 'down') => readFileSync(join(FOLDER, `${name}.${half}.sql`), 'utf8');
  const isOutside = read('up').startsWith(OUTSIDE);
  return class implements MigrationInterface {
    readonly name = typeOrmName(name);
    readonly transaction = isOutside ? false : undefined;
    up = (runner: QueryRunner) => (isOutside ? runOutside(runner, read('up')) : runner.query(read('up')));
    down = (runner: QueryRunner) => runner.query(read('down'));
  };
}

function fail(problem: string): never {
  throw new Error(`migrations: ${problem}`);
}
