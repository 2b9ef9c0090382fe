import 'reflect-metadata';
import { readSettings, SettingsError } from '@higress/config';
import { UnsafeRedisError } from '@higress/queues';
import { runScheduler } from './src/process/run-scheduler';

async function main(): Promise<void> {
  await runScheduler(readSettings('scheduler'));
}

main().catch((error: unknown) => {
  const isForOperators = error instanceof SettingsError || error instanceof UnsafeRedisError;
  console.error(isForOperators ? error.message : error);
  process.exit(1);
});
