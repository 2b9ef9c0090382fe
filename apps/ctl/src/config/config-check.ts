import { APPS, readSettings, SettingsError, type AppName } from '@higress/config';
import { defineCommand } from '../command';
import { UsageError } from '../usage-error';
import { fileFaults } from './file-faults';

export const configCheck = defineCommand({
  name: 'config check',
  summary: 'Reads settings and gateway.yaml as the services would, and names all that would stop a start.',
  options: { app: { type: 'string', value: APPS.join('|'), doc: 'Only what this service reads.' } },
  run: async ({ options: { app }, print }) => {
    if (app !== undefined && !isApp(app)) throw new UsageError(`--app must be one of ${APPS.join(', ')}`, 'config check');
    const apps = app ? [app] : APPS;
    const problems = new Map<string, AppName[]>();
    for (const name of apps) for (const problem of problemsOf(name)) problems.set(problem, [...(problems.get(problem) ?? []), name]);
    for (const [problem, of] of problems) print(`${problem} (${of.join(', ')})`);
    if (problems.size === 0) print(`the settings serve ${apps.join(', ')}`);
    return problems.size === 0 ? 0 : 1;
  },
});

function isApp(name: string): name is AppName {
  return (APPS as string[]).includes(name);
}

function problemsOf(app: AppName): readonly string[] {
  try {
    readSettings(app);
    return app === 'gateway' ? fileFaults() : [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}
