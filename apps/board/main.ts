import 'reflect-metadata';
import { readSettings, SettingsError } from '@higress/config';
import { UnsafeRedisError } from '@higress/queues';
import { runBoard } from './src/process/run-board';

async function main(): Promise<void> {
  await runBoard(readSettings('board'));
}

main().catch((error: unknown) => {
  const isForOperators = error instanceof SettingsError || error instanceof UnsafeRedisError;
  console.error(isForOperators ? error.message : error);
  process.exit(1);
});
