import { existsSync } from 'node:fs';
import type { z } from 'zod';
import { APP_SETTINGS, type AppName } from './app-settings';
import type { Setting } from './setting-types';
import { SETTINGS, type SettingName } from './settings-table';

type Line<N extends SettingName> = (typeof SETTINGS)[N];
type Value<N extends SettingName> = z.output<Line<N>['schema']> | (Line<N> extends { fallback: string } | { required: true } ? never : undefined);

/** The settings that one app reads, each parsed to its type. A setting without default that is not set is `undefined`. */
export type Settings<A extends AppName> = { readonly [N in (typeof APP_SETTINGS)[A][number]]: Value<N> };

/** Thrown when settings are missing or wrong. Its message has one line per problem and names the variable, never its value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`These settings stop the start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads the environment once and validates what this app reads of it. An empty variable counts as not set.
 * @throws SettingsError with every problem at once.
 */
export function readSettings<A extends AppName>(app: A, env: NodeJS.ProcessEnv = environment()): Settings<A> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of APP_SETTINGS[app] as readonly SettingName[]) {
    const { schema, fallback, required }: Setting<unknown> = SETTINGS[name];
    const given = env[name] || fallback;
    if (given === undefined) {
      if (required) problems.push(`${name}: is not set`);
      continue;
    }
    const parsed = schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name}: ${parsed.error.issues[0]?.message ?? 'is not valid'}`);
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Settings<A>;
}

/** The process's environment, with what a `.env` file in the working directory adds to it; the environment wins. */
export function environment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
