import { existsSync, readFileSync } from 'node:fs';
import { GatewayFileError, readGatewayFile } from '@higress/catalog';
import { environment } from '@higress/config';

const DEFAULT_FILE = 'gateway.yaml';

/** What would keep a gateway from applying its file, one line each; empty when it would, or has none. */
export function fileFaults(): readonly string[] {
  const env = environment();
  const path = env['GATEWAY_CONFIG'] || (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  if (path === undefined) return [];
  if (!existsSync(path)) return [`GATEWAY_CONFIG: names ${path}, which does not exist`];
  try {
    readGatewayFile(readFileSync(path, 'utf8'), env);
    return [];
  } catch (error) {
    if (error instanceof GatewayFileError) return error.faults.map((fault) => `${path}: ${fault.path}: ${fault.message}`);
    throw error;
  }
}
