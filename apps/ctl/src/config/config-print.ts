import { environment, SETTINGS, type SettingName } from '@higress/config';
import { defineCommand } from '../command';
import { safeUrl } from '../safe-url';
import { textTable } from '../text-table';

const NAMES = Object.keys(SETTINGS) as SettingName[];
const LOOKS_LIKE_URL = /^[a-z0-9+]+:\/\//i;

export const configPrint = defineCommand({
  name: 'config print',
  summary: 'Lists every setting with its value and where that comes from. Secrets are masked.',
  run: async ({ print }) => {
    const env = environment();
    for (const line of textTable(['SETTING', 'VALUE', 'FROM'], NAMES.map((name) => row(name, env[name])))) print(line);
  },
});

function row(name: SettingName, given: string | undefined): [string, string, string] {
  const { fallback, secret }: { readonly fallback?: string; readonly secret?: boolean; readonly doc: string } = SETTINGS[name];
  const value = given || fallback;
  if (value === undefined) return [name, '', 'not set'];
  return [name, secret ? masked(value) : value, given ? 'environment' : 'default'];
}

/** Of a URL only the password is secret; of anything else, all of it. */
function masked(value: string): string {
  return LOOKS_LIKE_URL.test(value) ? safeUrl(value) : '***';
}
