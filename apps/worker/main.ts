import 'reflect-metadata';
import { readSettings, SettingsError } from '@higress/config';
import { UnsafeRedisError } from '@higress/queues';
import { runWorker } from './src/process/run-worker';

async function main(): Promise<void> {
  await runWorker(readSettings('worker'));
}

main().catch((error: unknown) => {
  const isForOperators = error instanceof SettingsError || error instanceof UnsafeRedisError;
  console.error(isForOperators ? error.message : error);
  process.exit(1);
});
