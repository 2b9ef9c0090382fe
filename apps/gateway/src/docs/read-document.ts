import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '@higress/config';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { ApiAbout } from './describe-api';

/** Made by `npm run generate`, copied into dist by the build. */
const FILE = join(__dirname, 'openapi.generated.json');

/**
 * The generated document, under this gateway's title and prefix. To describe the API anew would take the better part of a second and 11 MB
 * at each start.
 */
export function readDocument({ title, prefix }: ApiAbout): OpenAPIObject {
  const { info, paths, ...rest } = JSON.parse(readFileSync(FILE, 'utf8')) as OpenAPIObject;
  const generated = `${SETTINGS.API_V1_STR.fallback}/`;
  const named = Object.entries(paths).map(([path, item]) => [path.startsWith(generated) ? `${prefix}/${path.slice(generated.length)}` : path, item] as const);
  return { ...rest, info: { ...info, title }, paths: Object.fromEntries(named) };
}
